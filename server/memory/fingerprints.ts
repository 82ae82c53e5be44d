import { createHmac } from 'node:crypto';
import { MEMORY_CATEGORIES } from '../../db/schema/memory.ts';
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

/** More words in a row are not looked at: a fact is short. */
const LONGEST_FACT_WORDS = 16;

/** Names forgotten facts without saying what they were; the key is not in the database. */
export class Fingerprints {
  readonly #key: Buffer;

  constructor(key: Buffer) {
    this.#key = key;
  }

  /** True when a text says one of the facts with these fingerprints: each of its runs of words is tried. */
  isTold(text: string, forgotten: readonly Buffer[]): boolean {
    const known = new Set(forgotten.map((print) => print.toString('base64')));
    const words = wordsOf(text);
    for (let from = 0; from < words.length; from++)
      for (let to = from + 1; to <= Math.min(words.length, from + LONGEST_FACT_WORDS); to++) {
        const run = words.slice(from, to).join(' ');
        for (const category of MEMORY_CATEGORIES)
          if (known.has(this.of({ category, text: run }).text.toString('base64'))) return true;
      }
    return false;
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
