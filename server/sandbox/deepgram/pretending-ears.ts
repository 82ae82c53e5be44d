import { meanLevel } from '../speech/mulaw.ts';
import type { HeardWord } from '../speech/recogniser.ts';
import type { Ears } from './flux-turns.ts';

const BYTES_PER_MS = 8;
/** Louder than this is speech, in a room that is not quite silent. */
const SPEECH_LEVEL = 500;
/** A cough or a door is shorter. */
const LEAST_SPEECH_MS = 400;
/** People pause for so long and go on. */
const PAUSE_MS = 700;
/** What the transcript says of it: that there was speech, and that its words are not known. */
const WORDS = ['(words', 'that', 'the', 'sandbox', 'cannot', 'know,'];

/**
 * Ears for people who talk into a microphone: what was registered is heard word by word, all other speech as speech
 * whose words are not known. It tells when somebody has spoken and stopped, not what they said.
 */
export class PretendingEars implements Ears {
  readonly #ears: Ears;
  #voicedMs = 0;
  #voicedAtMs = Number.NEGATIVE_INFINITY;
  /** Words of this stretch of speech are known: nothing has to be pretended. */
  #isKnown = false;
  #count = 0;

  constructor(ears: Ears) {
    this.#ears = ears;
  }

  hear(bytes: Buffer): HeardWord[] {
    const words = this.#ears.hear(bytes);
    const now = this.streamMs();
    if (words.length > 0 || this.#ears.hasMoreToCome()) this.#isKnown = true;
    if (meanLevel(bytes) >= SPEECH_LEVEL) {
      this.#voicedMs += bytes.length / BYTES_PER_MS;
      this.#voicedAtMs = now;
      return words;
    }
    if (now - this.#voicedAtMs < PAUSE_MS || this.#voicedMs === 0) return words;
    const isUnknown = !this.#isKnown && this.#voicedMs >= LEAST_SPEECH_MS;
    const [startMs, endMs] = [this.#voicedAtMs - this.#voicedMs, this.#voicedAtMs];
    this.#voicedMs = 0;
    this.#isKnown = false;
    return isUnknown ? [...words, ...this.#unknown(startMs, endMs)] : words;
  }

  /** Numbered, so that none looks like the repetition of another. */
  #unknown(startMs: number, endMs: number): HeardWord[] {
    this.#count += 1;
    return [...WORDS, `${this.#count})`].map((text) => ({ text, startMs, endMs }));
  }

  hasMoreToCome(): boolean {
    return this.#ears.hasMoreToCome();
  }

  streamMs(): number {
    return this.#ears.streamMs();
  }
}
