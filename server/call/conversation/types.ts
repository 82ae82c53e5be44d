import type { Tunables } from './tunables.ts';

/**
 * The vocabulary of the pure core: `step(state, event) -> {state, effects}`.
 * Times are integer milliseconds since the call began; ids are minted by the core and echoed by the edge.
 */

/** Raised whenever the core would answer an old event log differently. */
export const CORE_VERSION = 1;

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
  | { type: 'stt.partial'; turn: number; text: string }
  | { type: 'stt.end'; turn: number; text: string }
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
  | { type: 'stop.requested'; reason: EndReason };

export type Event = Fact & Stamps;

export type EndReason =
  | 'caller-hung-up'
  | 'persona-said-goodbye'
  | 'silence'
  | 'model-failed'
  | 'hearing-failed'
  | 'voice-failed'
  | 'requested'
  | 'draining'
  | 'line-protocol-error'
  | 'time-limit';

export type UtteranceKind = 'opening' | 'answer' | 'reprompt' | 'apology' | 'goodbye';

/** One line of what was said and heard, in order. The transcript and the model's view are both made of these. */
export type Entry =
  | { kind: 'caller'; turn: number; text: string; aside: boolean }
  | { kind: 'persona'; utt: UtteranceId; said: UtteranceKind; text: string; interrupted: boolean }
  | { kind: 'tool-call'; call: ToolCallId; tool: ToolRequest }
  | { kind: 'tool-result'; call: ToolCallId; result: string };

export type Effect =
  | { type: 'llm.start'; req: RequestId; history: readonly Entry[] }
  | { type: 'llm.cancel'; req: RequestId }
  | { type: 'tool.run'; call: ToolCallId; tool: ToolRequest }
  | { type: 'tool.cancel'; call: ToolCallId }
  | { type: 'tts.say'; utt: UtteranceId; text: string; last: boolean }
  | { type: 'tts.cancel'; utt: UtteranceId }
  | { type: 'line.clear' }
  | { type: 'line.finish'; utt: UtteranceId }
  | { type: 'line.hangUp' }
  | { type: 'record'; entry: Entry }
  | { type: 'end'; reason: EndReason };

/** Where the call stands. Every live state after `waiting` owns a deadline, here or in another region. */
export type CallPhase =
  | { phase: 'waiting' }
  | { phase: 'opening'; speakAt: number; latestAt: number }
  | { phase: 'talking' }
  | { phase: 'closing'; reason: EndReason; farewell: string; forceAt: number }
  | { phase: 'goodbye'; reason: EndReason; utt: UtteranceId; forceAt: number }
  | { phase: 'hangingUp'; reason: EndReason; forceAt: number }
  | { phase: 'ended'; reason: EndReason };

export type Caller = { now: 'quiet' } | { now: 'talking'; turn: number; text: string; stuckAt: number };

/** What the persona is working on. At most one request to the model or one tool at a time. */
export type Thought =
  | { now: 'none' }
  | { now: 'asking'; req: RequestId; utt: UtteranceId | null; tool: ToolRequest | null; answerBy: number }
  | { now: 'tool'; call: ToolCallId; giveUpAt: number };

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
  /** When its audio must have left the line even if the last mark is lost. */
  drainAt: number | null;
}

export interface State {
  config: ConversationConfig;
  call: CallPhase;
  caller: Caller;
  thought: Thought;
  /** Serial queue: [0] is on air. */
  mouth: readonly Utterance[];
  history: readonly Entry[];
  /** Since when nobody has anything to say; null while somebody has. */
  freeSince: number | null;
  reprompts: number;
  modelFailures: number;
  /** When the call ends because speech-to-text has been gone too long; null while it works. */
  hearingLostAt: number | null;
  /** Text-to-speech failed on every try for one utterance. */
  voiceLost: boolean;
  /** Highest caller turn already committed; turn numbers only grow, also across reconnects. */
  committedTurn: number;
  nextId: number;
}

/** Everything the core needs to know before the call; part of the event log. */
export interface ConversationConfig {
  direction: 'outbound' | 'inbound';
  opening: string;
  reprompts: readonly string[];
  apology: string;
  goodbyes: Readonly<Record<EndReason, string>>;
  tunables: Tunables;
}
