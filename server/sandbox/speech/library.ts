import type { Word } from '../../call/conversation/types.ts';

/** Speech that the recogniser knows: the bytes as they go over the line, and when each word is said. */
export interface Utterance {
  id: number;
  audio: Buffer;
  words: readonly Word[];
}

/** Windows of this many bytes, taken every STEP bytes, are what an utterance is found by. */
export const WINDOW = 24;
const STEP = 16;
/** A window with fewer different bytes is a pause or a tone, and would match anywhere. */
const MIN_DISTINCT = 8;
const MULTIPLIER = 0x01000193;

/** Where a window was taken from. */
export interface Place {
  utterance: Utterance;
  offset: number;
}

/** Everything that may be said on a line, indexed by its bytes. */
export class UtteranceLibrary {
  readonly #utterances: Utterance[] = [];
  readonly #byText = new Set<string>();
  readonly #index = new Map<number, Place[]>();

  /** Registers speech; the same words with the same audio are kept once. */
  add(audio: Buffer, words: readonly Word[]): Utterance {
    const utterance: Utterance = { id: this.#utterances.length, audio: withOneSilence(audio), words };
    const key = `${words.map((word) => word.text).join(' ')}\n${audio.length}\n${rollingHash(utterance.audio, 0, audio.length)}`;
    const known = this.#byText.has(key);
    if (known) return utterance;
    this.#byText.add(key);
    this.#utterances.push(utterance);
    for (let offset = 0; offset + WINDOW <= utterance.audio.length; offset += STEP) {
      if (!isTelling(utterance.audio, offset)) continue;
      const hash = rollingHash(utterance.audio, offset, WINDOW);
      const places = this.#index.get(hash);
      if (places === undefined) this.#index.set(hash, [{ utterance, offset }]);
      else places.push({ utterance, offset });
    }
    return utterance;
  }

  /** Every place that has exactly these bytes. */
  find(hash: number, stream: Uint8Array, at: number): Place[] {
    const places = this.#index.get(hash);
    if (places === undefined) return [];
    return places.filter(({ utterance, offset }) => {
      for (let i = 0; i < WINDOW; i++) if (utterance.audio[offset + i] !== stream[at + i]) return false;
      return true;
    });
  }

  get size(): number {
    return this.#utterances.length;
  }
}

/** mu-law has two silences, 0x7f and 0xff; a recording that went through PCM has only one of them. */
export function withOneSilence(bytes: Buffer): Buffer {
  if (!bytes.includes(0x7f)) return bytes;
  return Buffer.from(bytes.map((byte) => (byte === 0x7f ? 0xff : byte)));
}

/** Hash of `length` bytes; the recogniser keeps it up to date byte by byte. */
export function rollingHash(bytes: Uint8Array, from: number, length: number): number {
  let hash = 0;
  for (let i = from; i < from + length; i++) hash = (Math.imul(hash, MULTIPLIER) + (bytes[i] ?? 0)) | 0;
  return hash;
}

const LEAVING = Array.from({ length: WINDOW }).reduce<number>((power) => Math.imul(power, MULTIPLIER), 1);

/** The hash of the next window: one byte enters, the oldest leaves. */
export function rollForward(hash: number, entering: number, leaving: number): number {
  return (Math.imul(hash, MULTIPLIER) + entering - Math.imul(leaving, LEAVING)) | 0;
}

function isTelling(bytes: Uint8Array, from: number): boolean {
  return new Set(bytes.subarray(from, from + WINDOW)).size >= MIN_DISTINCT;
}
