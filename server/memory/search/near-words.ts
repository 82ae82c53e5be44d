import { LONG_WORD, MOST_REPAIRS, SHORTEST_BEGINNING, SHORTEST_REPAIRED_WORD } from './tunables.ts';

/** The words of one user's memory, to find what was meant by one that was misheard or misspelled. */
export class Vocabulary {
  /** How often each word was said, by its length: a word with two letters wrong is at most two longer or shorter. */
  readonly #byLength = new Map<number, Map<string, number>>();

  add(word: string): void {
    const words = this.#byLength.get(word.length) ?? new Map<string, number>();
    words.set(word, (words.get(word) ?? 0) + 1);
    this.#byLength.set(word.length, words);
  }

  remove(word: string): void {
    const words = this.#byLength.get(word.length);
    const count = words?.get(word) ?? 0;
    if (count > 1) words?.set(word, count - 1);
    else words?.delete(word);
  }

  has(word: string): boolean {
    return this.#byLength.get(word.length)?.has(word) === true;
  }

  /** The nearest known words, all at the same distance, the most frequent first; none for a word that is too short. */
  near(word: string): Array<{ word: string; distance: number }> {
    if (word.length < SHORTEST_REPAIRED_WORD) return [];
    const most = word.length >= LONG_WORD ? 2 : 1;
    let best = most;
    let found: Array<{ word: string; distance: number; count: number }> = [];
    for (let length = word.length - most; length <= word.length + most; length++) {
      for (const [candidate, count] of this.#byLength.get(length) ?? []) {
        const distance = distanceWithin(word, candidate, best);
        if (distance > best) continue;
        if (distance < best) found = [];
        best = distance;
        found.push({ word: candidate, distance, count });
      }
    }
    if (found.length === 0) found = this.#longer(word);
    return found
      .sort((a, b) => b.count - a.count || (a.word < b.word ? -1 : 1))
      .slice(0, MOST_REPAIRS)
      .map(({ word: known, distance }) => ({ word: known, distance }));
  }

  /** Words that an unknown one is the beginning of: people shorten what is long. */
  #longer(word: string): Array<{ word: string; distance: number; count: number }> {
    if (word.length < SHORTEST_BEGINNING) return [];
    return [...this.#byLength]
      .filter(([length]) => length > word.length)
      .flatMap(([, words]) => [...words])
      .filter(([candidate]) => candidate.startsWith(word))
      .map(([candidate, count]) => ({ word: candidate, distance: 2, count }));
  }
}

/**
 * How many letters have to be put in, left out, changed or swapped with their neighbour (optimal string alignment).
 * @returns a number above `most` as soon as that is certain.
 */
export function distanceWithin(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let smallest = i;
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let value = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        value = Math.min(value, (beforeLast[j - 2] ?? 0) + 1);
      row.push(value);
      smallest = Math.min(smallest, value);
    }
    if (smallest > most) return most + 1;
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? most + 1;
}
