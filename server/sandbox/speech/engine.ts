import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Word } from '../../call/conversation/types.ts';
import { packageRoot } from '../../paths.ts';

/** Speech as it goes over a telephone line. */
export interface Speech {
  /** mu-law, 8 kHz. */
  audio: Buffer;
  words: Word[];
}

export interface SynthesisOrder {
  id: number;
  voice: string;
  text: string;
}

export type SynthesisAnswer =
  | { id: number; audio: Uint8Array; words: Word[] }
  | { id: number; problem: string };

/** Voices of the engine: one male, one female, one Scottish, one older and plainer. */
export type VoiceName = 'rms' | 'slt' | 'awb' | 'kal16';

const CACHED_TEXTS = 500;

/** Speaks text, always the same way, so the same text and voice give the same bytes in every process. */
export class SpeechEngine {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve(speech: Speech): void; reject(error: Error): void }>();
  readonly #cache = new Map<string, Promise<Speech>>();
  #nextId = 1;

  constructor() {
    this.#worker = new Worker(path.join(packageRoot, 'dist', 'server', 'sandbox', 'speech', 'worker.js'));
    this.#worker.on('message', (answer: SynthesisAnswer) => this.#onAnswer(answer));
    this.#worker.on('error', (error) => this.#failAll(error));
    this.#worker.unref();
  }

  speak(voice: VoiceName, text: string): Promise<Speech> {
    const key = `${voice}\n${text}`;
    const cached = this.#cache.get(key);
    if (cached !== undefined) return cached;
    const speech = this.#order(voice, text);
    this.#cache.set(key, speech);
    speech.catch(() => this.#cache.delete(key));
    const oldest = this.#cache.keys().next().value;
    if (this.#cache.size > CACHED_TEXTS && oldest !== undefined) this.#cache.delete(oldest);
    return speech;
  }

  async close(): Promise<void> {
    const exited = new Promise((resolve) => this.#worker.once('exit', resolve));
    this.#worker.ref();
    this.#worker.postMessage('stop');
    await exited;
  }

  #order(voice: string, text: string): Promise<Speech> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.ref(); // a process that waits for speech stays alive, and only such a one
      this.#worker.postMessage({ id, voice, text } satisfies SynthesisOrder);
    });
  }

  #onAnswer(answer: SynthesisAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ('problem' in answer) waiting?.reject(new Error(answer.problem));
    else waiting?.resolve({ audio: Buffer.from(answer.audio), words: answer.words });
  }

  #failAll(error: Error): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}
