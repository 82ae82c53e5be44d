import { createHmac } from 'node:crypto';
import { wordsOf } from './search/words.ts';

/** What a fact says, for comparisons: case, accents, punctuation and spaces do not count. */
export function normalised(text: string): string {
  return wordsOf(text).join(' ');
}

/** Of what a fact says, and of the slot that it filled where it had one. */
export interface FactFingerprints {
  text: Buffer;
  slot: Buffer | null;
}

/** Names forgotten facts without saying what they were; the key is not in the database. */
export class Fingerprints {
  readonly #key: Buffer;

  constructor(key: Buffer) {
    this.#key = key;
  }

  of(fact: { category: string; slot?: string | null; text: string }): FactFingerprints {
    const hash = (name: string) =>
      createHmac('sha256', this.#key).update(`${fact.category} ${name}`).digest();
    return {
      text: hash(`text ${normalised(fact.text)}`),
      slot: fact.slot == null ? null : hash(`slot ${fact.slot}`),
    };
  }
}
