import type { ModelMessage } from './conversation/history.ts';
import type { ToolRequest, UtteranceId, Word } from './conversation/types.ts';

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
  onEndOfTurn(turn: number, text: string): void;
  onDown(): void;
  onUp(): void;
}

export interface SttStream {
  /** Buffered while the connection opens; never throws. */
  send(frame: Buffer): void;
  close(): void;
}

export interface SpeechToText {
  /** @param keyterms words to listen for, such as the callee's name. */
  open(
    options: { callId: string; keyterms: readonly string[] },
    handlers: SttHandlers,
    usage: UsageSink,
  ): SttStream;
}

export interface ToolDefinition {
  name: string;
  description: string;
  /** JSON Schema of the arguments. */
  parameters: Record<string, unknown>;
}

export interface ModelRequest {
  callId: string;
  system: string;
  messages: readonly ModelMessage[];
  tools: readonly ToolDefinition[];
}

export interface ModelHandlers {
  onText(text: string): void;
  onTool(tool: ToolRequest): void;
  /** The reply is complete. Exactly one of onDone and onFailed is called, unless the request was cancelled. */
  onDone(): void;
  onFailed(problem: string): void;
}

export interface LanguageModel {
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
  /** Speaks more of an utterance; with `last`, nothing follows. */
  say(utt: UtteranceId, text: string, last: boolean): void;
  cancel(utt: UtteranceId): void;
  close(): void;
}

export interface TextToSpeech {
  open(options: { callId: string; voice: string }, handlers: TtsHandlers, usage: UsageSink): TtsStream;
}

/** Ends the call at the carrier. Resolves when the carrier knows; "already gone" is success. */
export type HangUp = () => Promise<void>;

/** The tools of one call, bound to its user. */
export interface ToolBox {
  readonly definitions: readonly ToolDefinition[];
  /** @returns JSON for the model. Rejects only on a defect. */
  run(tool: ToolRequest, signal: AbortSignal): Promise<string>;
}

export type UsageType = 'tts_request' | 'ai_inference' | 'stt_chunk' | 'twilio_duration';

/** What an act consumed. The same (vendor, sku, reference) replaces itself: an upper bound first, the truth after. */
export interface Usage {
  type: UsageType;
  vendor: 'twilio' | 'deepgram' | 'cartesia' | 'cerebras' | 'openai';
  sku: Sku;
  /** In the sku's unit, whole: milliseconds, characters or tokens. */
  units: number;
  /** The vendor's own name for the act. */
  reference: string;
  outcome: 'complete' | 'aborted' | 'failed' | 'estimated';
  reason?: string;
}

/** What can be billed, each with its unit. */
export type Sku =
  | 'telephony.outbound.ms'
  | 'telephony.inbound.ms'
  | 'tts.characters'
  | 'llm.input.tokens'
  | 'llm.output.tokens'
  | 'stt.ms';

export type UsageSink = (usage: Usage) => void;
