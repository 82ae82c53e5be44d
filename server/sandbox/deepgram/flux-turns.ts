import type { HeardWord, Recogniser } from '../speech/recogniser.ts';

/** A TurnInfo message without what the connection adds (request id, sequence number). */
export interface TurnInfo {
  event: 'Update' | 'StartOfTurn' | 'EagerEndOfTurn' | 'TurnResumed' | 'EndOfTurn';
  turn_index: number;
  audio_window_start: number;
  audio_window_end: number;
  transcript: string;
  words: Array<{ word: string; confidence: number }>;
  end_of_turn_confidence: number;
  trigger?: 'model' | 'timeout';
}

export interface FluxSettings {
  endOfTurnThreshold: number;
  /** Unset: no EagerEndOfTurn and no TurnResumed. */
  eagerThreshold: number | null;
  endOfTurnTimeoutMs: number;
}

/** Recorded sessions show an Update for every 240 ms of audio, and turns that end on a grid of 80 ms. */
const UPDATE_MS = 240;
const GRID_MS = 80;
/** From the end of the last word to the eager and to the final end of the turn. "Yes." took 60 ms, a sentence 200 ms. */
const EAGER_AFTER_MS = 0;
const END_AFTER_MS = 60;

/** Finds words and turns in a stream of audio, with the events and the timing of Flux. Time is counted in audio received. */
export class FluxTurns {
  readonly #ears: Ears;
  readonly #settings: FluxSettings;
  #turn = 0;
  #windowStartMs = 0;
  #lastUpdateMs = 0;
  #gridMs = 0;
  #words: HeardWord[] = [];
  #started = false;
  #eagerText: string | null = null;

  constructor(ears: Ears, settings: FluxSettings) {
    this.#ears = ears;
    this.#settings = settings;
  }

  /** Takes audio and returns the messages it causes, in order. */
  push(bytes: Buffer): TurnInfo[] {
    this.#words.push(...this.#ears.hear(bytes));
    const messages: TurnInfo[] = [];
    for (; this.#gridMs + GRID_MS <= this.#ears.streamMs(); ) {
      this.#gridMs += GRID_MS;
      this.#atGridPoint(messages);
    }
    return messages;
  }

  #atGridPoint(messages: TurnInfo[]): void {
    const now = this.#gridMs;
    const transcript = this.#transcript();
    const resumed = this.#eagerText !== null && this.#eagerText !== transcript;
    if (resumed) {
      this.#eagerText = null;
      messages.push(this.#message('TurnResumed', 0.2));
    }
    if (now - this.#lastUpdateMs >= UPDATE_MS) {
      this.#lastUpdateMs = now;
      const starts = !this.#started && transcript !== '';
      if (starts) this.#started = true;
      messages.push(this.#message(starts ? 'StartOfTurn' : 'Update', transcript === '' ? 0.1 : 0.3));
    }
    if (transcript !== '') this.#considerEnd(now, messages);
  }

  #considerEnd(now: number, messages: TurnInfo[]): void {
    const silentMs = now - (this.#words.at(-1)?.endMs ?? now);
    const timedOut = silentMs >= this.#settings.endOfTurnTimeoutMs;
    if (this.#ears.hasMoreToCome() && !timedOut) return;
    if (!this.#started && silentMs >= EAGER_AFTER_MS) {
      this.#started = true;
      messages.push(this.#message('StartOfTurn', 0.4));
    }
    const { eagerThreshold, endOfTurnThreshold } = this.#settings;
    if (eagerThreshold !== null && this.#eagerText === null && silentMs >= EAGER_AFTER_MS) {
      this.#eagerText = this.#transcript();
      messages.push(this.#message('EagerEndOfTurn', Math.max(eagerThreshold, 0.5)));
      return; // the final end follows at a later grid point, and always with the same text
    }
    if (silentMs < END_AFTER_MS && !timedOut) return;
    const end = this.#message('EndOfTurn', Math.min(1, endOfTurnThreshold + 0.03));
    messages.push({ ...end, trigger: timedOut ? 'timeout' : 'model' });
    this.#turn += 1;
    this.#words = [];
    this.#started = false;
    this.#eagerText = null;
    this.#windowStartMs = now;
    this.#lastUpdateMs = now;
  }

  #transcript(): string {
    return this.#words.map((word) => word.text).join(' ');
  }

  #message(event: TurnInfo['event'], confidence: number): TurnInfo {
    return {
      event,
      turn_index: this.#turn,
      audio_window_start: this.#windowStartMs / 1_000,
      audio_window_end: this.#gridMs / 1_000,
      transcript: this.#transcript(),
      words: this.#words.map((word) => ({ word: word.text, confidence: 0.98 })),
      end_of_turn_confidence: Number(confidence.toFixed(4)),
    };
  }
}

/** What turns audio into words. */
export interface Ears {
  hear(bytes: Buffer): HeardWord[];
  hasMoreToCome(): boolean;
  streamMs(): number;
}

export function recognisingEars(recogniser: Recogniser): Ears {
  return {
    hear: (bytes) => recogniser.push(bytes),
    hasMoreToCome: () => recogniser.hasMoreToCome(),
    streamMs: () => recogniser.streamMs,
  };
}
