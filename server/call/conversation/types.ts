/**
 * The vocabulary of the pure core: `step(state, event) -> {state, effects}`.
 * Times are integer milliseconds since the call began; ids are minted by the core and echoed by the edge.
 */

/** Raised whenever the core would answer an old event log differently. */
export const CORE_VERSION = 8;

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
  /** Recording begins or ends; `decline`: they want none, and none had begun. */
  | { type: 'recording'; change: 'start' | 'stop' | 'decline' }
  | { type: 'record'; entry: Entry }
  | { type: 'end'; reason: EndReason };
