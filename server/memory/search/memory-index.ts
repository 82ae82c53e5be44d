import { Vocabulary } from './near-words.ts';
import { Postings } from './postings.ts';
import { type Query, termsOf } from './query.ts';
import { RANKING } from './tunables.ts';
import { stemOf, tellingWords, wordsOf } from './words.ts';

/** In place of a time, for what came from elsewhere without one. */
export const UNKNOWN_TIME = 0;

/** Something that can be remembered: a turn of a conversation, or a fact that was learned from one. */
export interface MemoryDocument {
  id: string;
  kind: 'turn' | 'fact';
  /** The call it comes from. */
  session: string;
  /** A turn's place in its call. */
  seq: number;
  /** Who said it; null for a fact. */
  speaker: string | null;
  atMs: number;
  text: string;
  /** What a fact is the value of, in words; empty for a turn. */
  label: string;
  /** Other words for a fact, from its extraction and its slot. */
  aliases: readonly string[];
  /** The turns that a fact was learned from, as places in its session. */
  cites: readonly number[];
}

export interface Hit {
  document: MemoryDocument;
  score: number;
}

/**
 * The memory of one relationship, to be searched by words: BM25 over turns and facts, where a turn also counts for what
 * is said around it and for what its whole conversation is about, and a word that nobody said stands for its nearest
 * known one. Searching writes nothing.
 */
export class MemoryIndex {
  readonly #documents: MemoryDocument[] = [];
  readonly #postings = new Postings();
  readonly #vocabulary = new Vocabulary();
  /** Places in `#documents` of each session's turns, in their order. */
  readonly #sessions = new Map<string, { number: number; turns: number[] }>();
  readonly #sessionOf: number[] = [];
  readonly #speakers = new Map<string, string>();

  get size(): number {
    return this.#documents.length;
  }

  /** Turns of a session are added in their order; whatever is added last counts as newest. */
  add(document: MemoryDocument): void {
    const place = this.#documents.length;
    this.#documents.push(document);
    const counts = new Map<string, number>();
    for (const word of tellingWords(document.text)) {
      this.#vocabulary.add(word);
      count(counts, stemOf(word), 1);
    }
    for (const word of document.aliases.flatMap(tellingWords)) {
      this.#vocabulary.add(word);
      count(counts, stemOf(word), RANKING.alias);
    }
    this.#postings.add(place, counts);
    this.#sessionOf.push(this.#enterSession(document, place));
    if (document.speaker !== null) {
      const [name] = wordsOf(document.speaker);
      if (name !== undefined) this.#speakers.set(name, document.speaker);
    }
  }

  #enterSession({ session, kind }: MemoryDocument, place: number): number {
    const known = this.#sessions.get(session) ?? { number: this.#sessions.size, turns: [] };
    this.#sessions.set(session, known);
    if (kind === 'turn') known.turns.push(place);
    return known.number;
  }

  /** The best documents for a query, best first; among equals the newest. */
  search(query: Query, limit: number): Hit[] {
    const { terms, speaker } = termsOf(query, {
      knows: (stem) => this.#postings.frequency(stem) > 0,
      vocabulary: this.#vocabulary,
      speakers: this.#speakers,
    });
    const own = this.#postings.score(terms, this.#sessionOf, this.#sessions.size);
    const scores = this.#spread(own);
    const hits: Hit[] = [];
    for (const [place, score] of scores) {
      const document = this.#documents[place];
      if (document === undefined) continue;
      const isNamed = speaker !== null && document.speaker === speaker;
      hits.push({ document, score: isNamed ? score * RANKING.namedSpeaker : score });
    }
    hits.sort((a, b) => b.score - a.score || newest(b.document, a.document));
    return hits.slice(0, limit);
  }

  /** The document and the turns around it, as they were said. */
  around(document: MemoryDocument, turns: number): MemoryDocument[] {
    if (document.kind === 'fact') return [document];
    const session = this.#sessions.get(document.session)?.turns ?? [];
    const at = session.findIndex((place) => this.#documents[place]?.id === document.id);
    return session
      .slice(Math.max(0, at - turns), at + turns + 1)
      .flatMap((place) => this.#documents[place] ?? []);
  }

  /** Lets a score count for the turns around it, for its whole session, and for the turns that a fact cites. */
  #spread({ documents, sessions }: ReturnType<Postings['score']>): Map<number, number> {
    const spread = new Map<number, number>();
    for (const session of this.#sessions.values()) {
      const ofSession = RANKING.session * (sessions.get(session.number) ?? 0);
      if (ofSession > 0) this.#spreadOver(session.turns, documents, ofSession, spread);
    }
    for (const [place, score] of documents) {
      const document = this.#documents[place];
      if (document?.kind !== 'fact') continue;
      count(spread, place, score);
      for (const turn of this.#turnsOf(document)) count(spread, turn, score * RANKING.citedTurn);
    }
    return spread;
  }

  #spreadOver(
    turns: readonly number[],
    own: ReadonlyMap<number, number>,
    ofSession: number,
    into: Map<number, number>,
  ): void {
    const reached = new Map<number, number>();
    for (let i = 0; i < turns.length; i++) {
      const score = own.get(turns[i] ?? -1);
      if (score === undefined) continue;
      count(reached, i, score);
      for (const [away, share] of RANKING.neighbours.entries())
        for (const neighbour of [i - away - 1, i + away + 1])
          if (neighbour >= 0 && neighbour < turns.length) count(reached, neighbour, score * share);
    }
    for (const [i, score] of reached) count(into, turns[i] ?? -1, score + ofSession);
  }

  #turnsOf({ session, cites }: MemoryDocument): number[] {
    if (cites.length === 0) return [];
    const turns = this.#sessions.get(session)?.turns ?? [];
    const wanted = new Set(cites);
    return turns.filter((place) => wanted.has(this.#documents[place]?.seq ?? -1));
  }
}

function newest(a: MemoryDocument, b: MemoryDocument): number {
  return a.atMs - b.atMs || a.seq - b.seq;
}

function count<Key>(counts: Map<Key, number>, key: Key, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
