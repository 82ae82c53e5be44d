import type { ConversationConfig } from './configuration.ts';
import type {
  EndReason,
  Entry,
  RequestId,
  ToolCallId,
  ToolRequest,
  UtteranceId,
  UtteranceKind,
  Word,
} from './types.ts';

/** What the core knows in the middle of a conversation: regions that each are in one of a few states. */

/** Where the call stands. Every live state after `waiting` owns a deadline, here or in another region. */
export type CallPhase =
  | { phase: 'waiting' }
  | { phase: 'opening'; speakAt: number; latestAt: number }
  | { phase: 'talking' }
  | { phase: 'closing'; reason: EndReason; farewell: string; forceAt: number }
  | { phase: 'goodbye'; reason: EndReason; farewell: string; utt: UtteranceId; forceAt: number }
  | { phase: 'hangingUp'; reason: EndReason; forceAt: number }
  | { phase: 'ended'; reason: EndReason };

/** A reply begun before the caller's turn is known to be over. It speaks nothing and runs no tool. */
export interface Draft {
  req: RequestId;
  /** The turn's text that it was asked with, and how many entries came before it. */
  askedWith: string;
  historyLength: number;
  text: string;
  tool: ToolRequest | null;
  done: boolean;
}

/** A turn of the caller that is not committed yet; it may span several turns of speech-to-text. */
export interface OpenTurn {
  /** Number of the newest turn of speech-to-text in it. */
  turn: number;
  /** What speech-to-text has declared final; only ever appended to. */
  finals: string;
  /** Began while the persona could be heard, so it may be an echo or an aside. */
  overPersona: boolean;
  drafts: number;
  draft: Draft | null;
}

export type Caller =
  | { now: 'quiet' }
  | ({ now: 'talking'; interim: string; stuckAt: number } & OpenTurn)
  /** Speech-to-text says the turn is over, and it sounds as if it is not. */
  | ({ now: 'pausing'; since: number; commitAt: number } & OpenTurn);

/** What a sound on the caller's side does to the persona's speech. */
export type Barge =
  | { now: 'none' }
  | { now: 'noted'; holdAt: number }
  /** Silenced for the time being: the audio is kept and nothing is committed. */
  | { now: 'held'; utt: UtteranceId; earMs: number; resumeAt: number };

/** Whether the call is recorded, and how far it has come to that. */
export type Recording =
  | { now: 'off' }
  /** For the callee to be known. */
  | { now: 'waiting'; tries: number; awaitsPin: boolean }
  | { now: 'asking' | 'announcing'; utt: UtteranceId; tries: number }
  | { now: 'on' };

/** What the persona is working on. At most one request to the model or one tool at a time. */
export type Thought =
  | { now: 'none' }
  | { now: 'asking'; req: RequestId; utt: UtteranceId | null; tool: ToolRequest | null; answerBy: number }
  | { now: 'tool'; call: ToolCallId; fillerAt: number | null; giveUpAt: number };

export interface Utterance {
  id: UtteranceId;
  kind: UtteranceKind;
  /** Text handed to text-to-speech so far. */
  said: string;
  /** Text still to be handed over. */
  pending: string;
  /** More text may come from the model. */
  open: boolean;
  /** Text-to-speech knows that nothing follows. */
  closed: boolean;
  words: readonly Word[];
  /** Length of the whole audio; null until text-to-speech has finished. */
  totalMs: number | null;
  onAir: boolean;
  /** How often text-to-speech already failed on this text. */
  failures: number;
  /** When text-to-speech counts as stalled, and how much audio there was when the watch was set. */
  stall: { at: number; gotMs: number } | null;
  /** When more text may be handed over; null while nothing is held back. */
  moreAt: number | null;
  /** An answer that has made no sound by then is given up; null once it has, and for other kinds. */
  soundBy: number | null;
  /** When its audio must have left the line even if the last mark is lost. */
  drainAt: number | null;
}

export interface State {
  config: ConversationConfig;
  call: CallPhase;
  caller: Caller;
  barge: Barge;
  thought: Thought;
  /** Serial queue: [0] is on air. */
  mouth: readonly Utterance[];
  history: readonly Entry[];
  /** The end of what the persona last said, and when it left the mouth: what may come back as echo. */
  lastSpoken: { text: string; at: number } | null;
  /** The speaker's own pauses inside a turn, as an exponential mean. */
  pauseMs: number;
  /** What the caller said in the latest turns, and how many of them in a row repeat an earlier one. */
  loop: { recent: readonly string[]; repeats: number };
  /** A tool's result came while the caller was speaking, and nothing has been said about it yet. */
  owesAnswer: boolean;
  /** A notice to be spoken at the next free moment when it is `due`, and how often it was begun. */
  notice: { text: string; tries: number; due: boolean } | null;
  /** Whether it has to be said again that an AI is speaking. */
  disclosure: { now: 'waiting'; at: number } | { now: 'due' };
  recording: Recording;
  /** A call screener took the call: whoever speaks next without being it is greeted. */
  screened: boolean;
  /** Until then silence is what was asked for. */
  patientUntil: number;
  /** Since when nobody has anything to say; null while somebody has. */
  freeSince: number | null;
  reprompts: number;
  fillers: number;
  modelFailures: number;
  /** When the call ends because speech-to-text has been gone too long; null while it works. */
  hearingLostAt: number | null;
  /** Text-to-speech failed on every try for one utterance. */
  voiceLost: boolean;
  /** A turn that was committed although speech-to-text had not ended it, and may go on with it. */
  stuck: { turn: number; text: string } | null;
  /** Highest turn of speech-to-text that has ended; turn numbers only grow, also across reconnects. */
  endedTurn: number;
  /** They have said that they want no more calls. */
  optedOut: boolean;
  nextId: number;
}
