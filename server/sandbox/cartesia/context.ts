import type { Speech, SpeechEngine, VoiceName } from '../speech/engine.ts';
import type { UtteranceLibrary } from '../speech/library.ts';
import { SILENCE } from '../speech/mulaw.ts';

/** Audio goes out in chunks of this length, some times faster than it plays. */
const CHUNK_BYTES = 800;
const SPEED = 6;
const BYTES_PER_MS = 8;

export interface ContextOutput {
  chunk(data: Buffer): void;
  timestamps(words: string[], start: number[], end: number[]): void;
  flushed(flushId: number): void;
  done(): void;
  failed(status: number, code: string, message: string): void;
}

export interface ContextParts {
  voice: VoiceName;
  /** The `timing` profile speaks a fixed tone, one second for every 15 characters, instead of synthesising. */
  profile: 'speech' | 'timing';
  engine: SpeechEngine;
  utterances: UtteranceLibrary;
  /** Until the first chunk, on top of the synthesis itself. */
  firstAudioMs: number;
}

/** One Cartesia context: pieces of text in order become one continuous stretch of audio. */
export class SpeechContext {
  readonly #parts: ContextParts;
  readonly #output: ContextOutput;
  #work: Promise<void> = Promise.resolve();
  #sentBytes = 0;
  #aheadUntil = 0;
  #cancelled = false;
  #timer: NodeJS.Timeout | null = null;
  #wake: () => void = () => undefined;

  constructor(parts: ContextParts, output: ContextOutput) {
    this.#parts = parts;
    this.#output = output;
  }

  speak(text: string): void {
    this.#then(async () => {
      if (text.trim() === '') return;
      const speech = await this.#synthesise(text);
      if (this.#sentBytes === 0 && this.#parts.firstAudioMs > 0) await this.#wait(this.#parts.firstAudioMs);
      if (!this.#cancelled) await this.#deliver(speech);
    });
  }

  flush(flushId: number): void {
    this.#then(async () => this.#output.flushed(flushId));
  }

  finish(): void {
    this.#then(async () => this.#output.done());
  }

  /** No further chunk is made; what is on its way still arrives. */
  cancel(): void {
    this.#cancelled = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#wake();
  }

  #then(task: () => Promise<void>): void {
    this.#work = this.#work
      .then(async () => {
        if (!this.#cancelled) await task();
      })
      .catch((error: unknown) =>
        this.#output.failed(500, 'internal_error', error instanceof Error ? error.message : String(error)),
      );
  }

  async #synthesise(text: string): Promise<Speech> {
    if (this.#parts.profile === 'timing') return hum(text);
    const speech = await this.#parts.engine.speak(this.#parts.voice, text);
    this.#parts.utterances.add(speech.audio, speech.words);
    return speech;
  }

  async #deliver(speech: Speech): Promise<void> {
    const offsetS = this.#sentBytes / BYTES_PER_MS / 1_000;
    this.#output.timestamps(
      speech.words.map((word) => word.text),
      speech.words.map((word) => offsetS + word.startMs / 1_000),
      speech.words.map((word) => offsetS + word.endMs / 1_000),
    );
    for (let at = 0; at < speech.audio.length && !this.#cancelled; at += CHUNK_BYTES) {
      const chunk = speech.audio.subarray(at, at + CHUNK_BYTES);
      this.#output.chunk(chunk);
      this.#sentBytes += chunk.length;
      const now = performance.now();
      this.#aheadUntil = Math.max(this.#aheadUntil, now) + chunk.length / BYTES_PER_MS / SPEED;
      if (this.#aheadUntil - now > 5) await this.#wait(this.#aheadUntil - now);
    }
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#timer = setTimeout(resolve, delayMs);
    });
  }
}

/** A sound with the length of speech, its words evenly spread. */
function hum(text: string): Speech {
  const bytes = Math.ceil((text.length / 15) * 1_000 * BYTES_PER_MS);
  const audio = Buffer.alloc(bytes, SILENCE);
  for (let i = 0; i < bytes; i++) audio[i] = i % 16 < 8 ? 0x2f : 0xaf;
  const words = text.split(/\s+/).filter((word) => word !== '');
  const perWordMs = bytes / BYTES_PER_MS / Math.max(1, words.length);
  return {
    audio,
    words: words.map((word, i) => ({
      text: word,
      startMs: Math.round(i * perWordMs),
      endMs: Math.round((i + 1) * perWordMs),
    })),
  };
}
