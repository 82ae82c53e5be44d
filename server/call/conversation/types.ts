import type { Tunables } from './tunables.ts';

/**
 * The vocabulary of the pure core: `step(state, event) -> {state, effects}`.
 * Times are integer milliseconds since the call began; ids are minted by the core and echoed by the edge.
 */

/** Raised whenever the core would answer an old event log differently. */
export const CORE_VERSION = 7;

export type UtteranceId = number;
export type RequestId = number;
export type ToolCallId = number;

/** A position inside one utterance of the persona. */
export interface Position {
  utt: UtteranceId;
  ms: number;
}

/** What the session adds to a fact when it takes it up. */
export interface Stamps {
  at: number;
  /** What the callee will have heard by the time a `clear` sent now takes effect. */
  ear: Position | null;
  /** Audio received so far for the newest utterance in synthesis. */
  got: Position | null;
}

export interface Word {
  text: string;
  startMs: number;
  endMs: number;
}

export interface ToolRequest {
  name: string;
  args: Record<string, unknown>;
}

export type Fact =
  | { type: 'line.started' }
  | { type: 'line.stopped' }
  | { type: 'wake' }
  /**
   * Voice activity on the caller's side, `forMs` after it began; its end will be reported `offLagMs` late.
   * Only reported while it could matter.
   */
  | { type: 'voice.on'; forMs: number; offLagMs: number }
  | { type: 'voice.off' }
  | { type: 'stt.partial'; turn: number; text: string }
  /** The turn has probably ended; `stt.end` with the same text or `stt.resumed` follows. */
  | { type: 'stt.eagerEnd'; turn: number; text: string }
  | { type: 'stt.resumed'; turn: number }
  /** `voicedAt`: when the caller's last voiced frame came in, as far as is known. */
  | { type: 'stt.end'; turn: number; text: string; voicedAt: number | null }
  | { type: 'stt.down' }
  | { type: 'stt.up' }
  | { type: 'llm.text'; req: RequestId; text: string }
  | { type: 'llm.tool'; req: RequestId; tool: ToolRequest }
  | { type: 'llm.done'; req: RequestId }
  | { type: 'llm.failed'; req: RequestId; problem: string }
  | { type: 'tool.done'; call: ToolCallId; result: string }
  | { type: 'tts.words'; utt: UtteranceId; words: Word[] }
  | { type: 'tts.done'; utt: UtteranceId; totalMs: number }
  | { type: 'tts.failed'; utt: UtteranceId; problem: string }
  | { type: 'play.started'; utt: UtteranceId }
  | { type: 'play.drained'; utt: UtteranceId }
  /** The carrier heard that a machine has answered. */
  | { type: 'machine.answered' }
  /** A key by which the callee asks for something; 9, the opt-out, comes as `stop.requested`. */
  | { type: 'key'; digit: '0' | '*' }
  /** The caller entered a PIN that shows, or does not, who they are. */
  | { type: 'pin'; isRight: boolean }
  | { type: 'budget'; level: 'warn' | 'cutoff' | 'revoked' }
  | { type: 'stop.requested'; reason: EndReason };

export type Event = Fact & Stamps;

export type EndReason =
  | 'caller-hung-up'
  | 'persona-said-goodbye'
  /** They want no more calls. */
  | 'asked-to-stop'
  | 'machine'
  | 'silence'
  | 'loop'
  | 'model-failed'
  | 'hearing-failed'
  | 'voice-failed'
  | 'budget-exhausted'
  | 'approval-revoked'
  | 'requested'
  | 'draining'
  | 'line-protocol-error'
  | 'time-limit';

export type UtteranceKind =
  | 'opening'
  | 'answer'
  | 'filler'
  | 'notice'
  | 'reprompt'
  | 'apology'
  /** Said instead of an answer to somebody who may be in danger. */
  | 'safety'
  /** Fixed words of the house: who is calling, and what a key does. */
  | 'house'
  | 'goodbye';

/** One line of what was said and heard, in order. The transcript and the model's view are both made of these. */
export type Entry =
  /** `continues`: the caller went on before anything of the reply was heard, so it is the same turn. */
  | { kind: 'caller'; turn: number; text: string; aside: boolean; continues: boolean }
  | { kind: 'persona'; utt: UtteranceId; said: UtteranceKind; text: string; interrupted: boolean }
  | { kind: 'tool-call'; call: ToolCallId; tool: ToolRequest }
  | { kind: 'tool-result'; call: ToolCallId; result: string };

export type Effect =
  /** `draftOf`: the caller's turn that this reply is drafted for before its end is certain. */
  | { type: 'llm.start'; req: RequestId; history: readonly Entry[]; draftOf: number | null }
  | { type: 'llm.cancel'; req: RequestId }
  | { type: 'tool.run'; call: ToolCallId; tool: ToolRequest }
  | { type: 'tool.cancel'; call: ToolCallId }
  /** `attempt`: how often text-to-speech has failed on this text before. */
  | { type: 'tts.say'; utt: UtteranceId; text: string; last: boolean; attempt: number }
  | { type: 'tts.cancel'; utt: UtteranceId }
  /** Silences the line and keeps what was not heard, until `line.forget` or `line.resume`. */
  | { type: 'line.clear' }
  | { type: 'line.forget' }
  | { type: 'line.resume'; utt: UtteranceId; fromMs: number }
  | { type: 'line.finish'; utt: UtteranceId }
  /** `say`: words for the carrier's own voice, when the persona's could not be had. */
  | { type: 'line.hangUp'; say: string | null }
  /** The callee wants no more calls; acted on at once, whatever becomes of this one. */
  | { type: 'callee.optedOut' }
  | { type: 'record'; entry: Entry }
  | { type: 'end'; reason: EndReason };

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

/** Everything the core needs to know before the call; part of the event log. */
export interface ConversationConfig {
  direction: 'outbound' | 'inbound';
  opening: string;
  reprompts: readonly string[];
  fillers: readonly string[];
  apology: string;
  /** What a machine is told after its tone; empty where no message may be left. */
  voicemail: string;
  /** Who is calling and why, for a call screener. */
  screening: string;
  /** That an AI is speaking, on whose behalf, and how to have no more calls. */
  disclosure: string;
  /** That a PIN was right, and that it was not. */
  pinRight: string;
  pinWrong: string;
  /** That the persona is silent until it is spoken to. */
  quiet: string;
  /** Said when the budget runs low. */
  budgetNotice: string;
  /** Said to somebody who says that they may harm themselves. */
  safety: string;
  goodbyes: Readonly<Record<EndReason, string>>;
  tunables: Tunables;
}
