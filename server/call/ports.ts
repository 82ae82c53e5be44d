import type { MEMORY_CATEGORIES } from '../../db/schema/memory.ts';
import type { UsageSink } from '../cost/usage.ts';
import type { ModelMessage } from './conversation/history.ts';
import type { TurnTaking } from './conversation/tunables.ts';
import type { ToolRequest, UtteranceId, Word } from './conversation/types.ts';
import type { TurnTimings } from './turn-timings.ts';

/** The interfaces between a live call and the world. Vendors implement them in their own rooms. */

/** The media stream of one phone call: mu-law, 8 kHz, mono, one byte a sample. */
export interface PhoneLine {
  /** @param payload base64 of mu-law bytes, of any length; played in order. */
  sendMedia(payload: string): void;
  /** Comes back through `LineHandlers.onMark` when everything before it was played, or at once on `clear`. */
  sendMark(name: string): void;
  /** Drops everything that has not been played yet. */
  clear(): void;
  close(): void;
}

export interface LineHandlers {
  /** 160 bytes of mu-law, 20 ms. */
  onFrame(frame: Buffer): void;
  onMark(name: string): void;
  /** The line is gone, whoever ended it. Called once. */
  onStopped(): void;
}

export interface SttHandlers {
  /** The transcript of the running turn so far; only called when it changed. Turn numbers only grow. */
  onPartial(turn: number, text: string): void;
  /** The turn has probably ended; onEndOfTurn with the same text follows, or onResumed. */
  onEagerEnd(turn: number, text: string): void;
  onResumed(turn: number): void;
  onEndOfTurn(turn: number, text: string): void;
  onDown(): void;
  onUp(): void;
}

export interface SttStream {
  /** Buffered while the connection opens; never throws. */
  send(frame: Buffer): void;
  close(): void;
}

export interface SttCall {
  callId: string;
  /** Words to listen for, such as the callee's name. */
  keyterms: readonly string[];
  /** When a turn counts as over. */
  turnTaking: Pick<TurnTaking, 'endOfTurnThreshold' | 'eagerThreshold' | 'endOfTurnTimeoutMs'>;
}

export interface SpeechToText {
  open(call: SttCall, handlers: SttHandlers, usage: UsageSink): SttStream;
}

export interface VoiceHandlers {
  /**
   * @param forMs how long the voice has been there already.
   * @param offLagMs how much later than it happens `onSilence` will be called.
   */
  onVoice(forMs: number, offLagMs: number): void;
  onSilence(): void;
}

/** Hears whether the caller makes a sound of voice. Frames come only while that could matter. */
export interface VoiceActivity {
  open(handlers: VoiceHandlers): VoiceActivityStream;
}

export interface VoiceActivityStream {
  /** @param watched whether a voice would matter now; while not, only the line's level is followed. */
  push(frame: Buffer, watched: boolean): void;
  /** How long ago, in milliseconds of audio, the caller was last heard to make a sound; null if never. */
  readonly quietForMs: number | null;
  close(): void;
}

export interface ToolDefinition {
  name: string;
  description: string;
  /** JSON Schema of the arguments. */
  parameters: Record<string, unknown>;
}

/** What a model is told beside the conversation, and what it may use. */
export interface ModelContext {
  system: string;
  tools: readonly ToolDefinition[];
}

export interface ModelRequest extends ModelContext {
  callId: string;
  messages: readonly ModelMessage[];
  /** Asked before it is known that the answer will be needed: not worth a second model. */
  speculative: boolean;
}

export interface ModelHandlers {
  /** The first token of content or of a tool call came; reasoning does not count. */
  onUseful?(): void;
  onText(text: string): void;
  onTool(tool: ToolRequest): void;
  /** The reply is complete. Exactly one of onDone and onFailed is called, unless the request was cancelled. */
  onDone(): void;
  onFailed(problem: string): void;
}

export interface LanguageModel {
  /** Opens a connection, so that the first reply need not wait for one. */
  warm?(): void;
  /** Starts a reply; returns the function that cancels it. After that no handler is called. */
  reply(request: ModelRequest, handlers: ModelHandlers, usage: UsageSink): () => void;
}

export interface TtsHandlers {
  /** @param payload base64 of mu-law bytes; @param byteCount its decoded length. */
  onAudio(utt: UtteranceId, payload: string, byteCount: number): void;
  /** Times are relative to the beginning of the utterance's audio. */
  onWords(utt: UtteranceId, words: Word[]): void;
  onDone(utt: UtteranceId): void;
  onFailed(utt: UtteranceId, problem: string): void;
}

export interface TtsStream {
  /**
   * Speaks more of an utterance; with `last`, nothing follows.
   * @param attempt how often text-to-speech has failed on this text before.
   */
  say(utt: UtteranceId, text: string, last: boolean, attempt: number): void;
  cancel(utt: UtteranceId): void;
  close(): void;
}

export interface TextToSpeech {
  open(options: { callId: string; voice: string }, handlers: TtsHandlers, usage: UsageSink): TtsStream;
}

/**
 * Ends the call at the carrier. Resolves when the carrier knows; "already gone" is success.
 * @param say what the carrier's own voice says before that; null for nothing.
 */
export type HangUp = (say: string | null) => Promise<void>;

/** The tools of one call, bound to its user. */
export interface ToolBox {
  readonly definitions: readonly ToolDefinition[];
  /** @returns JSON for the model. Rejects only on a defect. */
  run(tool: ToolRequest, signal: AbortSignal): Promise<string>;
}

/** Something that was found in memory, as the model is told. */
export interface RememberedPassage {
  /** Such as "3 weeks ago". */
  when: string;
  text: string;
}

/** What a call may do with what is remembered of its user, and of nobody else. */
export interface CallMemory {
  search(query: string, keywords: readonly string[]): Promise<RememberedPassage[]>;
  /** @returns what was done with it; "blocked" when the user forgot it before. */
  remember(fact: {
    text: string;
    category: (typeof MEMORY_CATEGORIES)[number];
    slot: string | null;
  }): Promise<string>;
  /** Facts that may be meant. */
  matching(what: string): Promise<Array<{ id: string; text: string }>>;
  /** @returns how many were forgotten. */
  forget(ids: readonly string[]): Promise<number>;
  /** What they promised this persona and have neither kept nor broken, the next one due first. */
  promises(): Promise<MadePromise[]>;
  /** @param due a date or a local time as the caller meant it (ISO 8601), or null. */
  promise(promise: string, due: string | null): Promise<MadePromise>;
  /** @returns what is promised now; null when no open promise has this id. */
  settlePromise(id: string, outcome: PromiseOutcome, due: string | null): Promise<MadePromise | null>;
}

/** Calls to this call's user that are agreed on in it. */
export interface CallBacks {
  /**
   * @param at local date and time, as the caller meant it. @param promiseId what it follows up; null for nothing.
   * @returns when, as it is said. @throws RingbackError with what to tell the caller instead.
   */
  plan(at: string, promiseId: string | null): Promise<string>;
}

export type PromiseOutcome = 'kept' | 'broken' | 'moved';

/** A promise, as the model is told. */
export interface MadePromise {
  id: string;
  promise: string;
  status: 'open' | PromiseOutcome;
  /** In the caller's own time, such as "Friday, 27 November 2026 at 09:00"; null without a day. */
  due: string | null;
}

export interface CarrierView {
  isOver: boolean;
  durationSeconds: number | null;
  /** What the carrier charges us for the call itself, without stream and extras; told minutes after the end. */
  priceMicroCents: bigint | null;
}

/** What came of asking the carrier to ring a number. */
export type DialResult =
  | { kind: 'dialed'; carrierSid: string }
  /** For certain nobody is rung. */
  | { kind: 'refused'; code: string; problem: string; remedy: string }
  /** The answer was lost: the phone may be ringing. */
  | { kind: 'unknown'; problem: string };

export interface DialRequest {
  callId: string;
  /** Counts the times that this call was dialled, from 1; its callbacks carry it. */
  attempt: number;
  to: string;
  timeLimitSeconds: number;
  /** Whether a machine may be left a message, so that its tone has to be waited for. */
  awaitsTone: boolean;
}

/** What the calls need of the telephone company. */
export interface Carrier {
  /** Rings a number. Never throws. */
  dial(call: DialRequest): Promise<DialResult>;
  /** The carrier's calls from us to a number that were made since a moment, the oldest first. */
  callsTo(number: string, since: Date): Promise<string[]>;
  /** @param say what the carrier's own voice says first; null for nothing. */
  hangUp(carrierSid: string, say: string | null): Promise<void>;
  /** Has the carrier end a call that is under way after so many seconds, and tell us of its end. */
  limit(carrierSid: string, callId: string, timeLimitSeconds: number): Promise<void>;
  /** Whether a call is over for the carrier, and what it bills; also for calls that it does not know any more. */
  look(carrierSid: string): Promise<CarrierView>;
  readonly fromNumber: string;
}

/** Counts what calls do, for whoever watches the house. Must not throw and must not wait. */
export interface CallMeter {
  /** A reply has been given. */
  turn(timings: TurnTimings): void;
  ended(reason: string): void;
}
