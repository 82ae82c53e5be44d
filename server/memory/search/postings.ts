import { RANKING } from './tunables.ts';

/** Which documents a stem is in, and how often. */
interface Posting {
  places: number[];
  counts: number[];
}

/** The inverted index: from a stem to the documents that it is in. */
export class Postings {
  readonly #byStem = new Map<string, Posting>();
  readonly #lengths: number[] = [];
  #totalLength = 0;

  /** @param counts how often each stem is in the document at this place; places are given out in order. */
  add(place: number, counts: ReadonlyMap<string, number>): void {
    let length = 0;
    for (const [stem, often] of counts) {
      const posting = this.#byStem.get(stem) ?? { places: [], counts: [] };
      posting.places.push(place);
      posting.counts.push(often);
      this.#byStem.set(stem, posting);
      length += often;
    }
    this.#lengths[place] = length;
    this.#totalLength += length;
  }

  /** In how many documents a stem is. */
  frequency(stem: string): number {
    return this.#byStem.get(stem)?.places.length ?? 0;
  }

  /**
   * BM25 of documents, and of whole sessions as if each were one document without a length.
   * @param terms stems with their weights.
   * @param sessionOf the session of each place.
   */
  score(
    terms: ReadonlyMap<string, number>,
    sessionOf: readonly number[],
    sessionCount: number,
  ): { documents: Map<number, number>; sessions: Map<number, number> } {
    const documents = new Map<number, number>();
    const sessions = new Map<number, number>();
    const count = this.#lengths.length;
    const average = Math.max(1, this.#totalLength / Math.max(1, count));
    const { k1, b } = RANKING;
    for (const [stem, weight] of terms) {
      const posting = this.#byStem.get(stem);
      if (posting === undefined) continue;
      const { places, counts } = posting;
      const rarity = weight * rarityOf(places.length, count);
      const inSession = new Map<number, number>();
      for (let i = 0; i < places.length; i++) {
        const place = places[i] ?? 0;
        const often = counts[i] ?? 0;
        const length = this.#lengths[place] ?? 0;
        const value = (rarity * often * (k1 + 1)) / (often + k1 * (1 - b + (b * length) / average));
        documents.set(place, (documents.get(place) ?? 0) + value);
        const session = sessionOf[place] ?? -1;
        inSession.set(session, (inSession.get(session) ?? 0) + often);
      }
      const sessionRarity = weight * rarityOf(inSession.size, Math.max(1, sessionCount));
      for (const [session, often] of inSession) {
        const value = (sessionRarity * often * (k1 + 1)) / (often + k1);
        sessions.set(session, (sessions.get(session) ?? 0) + value);
      }
    }
    return { documents, sessions };
  }
}

function rarityOf(frequency: number, count: number): number {
  return Math.log(1 + (count - frequency + 0.5) / (frequency + 0.5));
}
