import { distanceWithin, type Vocabulary } from './near-words.ts';
import { synonymsOf } from './synonyms.ts';
import { RANKING, SHORTEST_REPAIRED_WORD } from './tunables.ts';
import { stemOf, tellingWords, wordsOf } from './words.ts';

/** What is looked for. */
export interface Query {
  text: string;
  /** Words that the model adds: other names, related things. */
  keywords?: readonly string[];
}

/** More words than this say nothing more about what is looked for; a query of 10,000 must not cost a second. */
const MOST_WORDS = 48;

interface Known {
  knows(stem: string): boolean;
  vocabulary: Vocabulary;
  /** First names of those who spoke, with the names as they stand in the documents. */
  speakers: ReadonlyMap<string, string>;
}

/** The stems to look for, each with its weight, and whose words are asked for. */
export function termsOf(
  { text, keywords = [] }: Query,
  known: Known,
): { terms: Map<string, number>; speaker: string | null } {
  const named = wordsOf(text)
    .map((word) => ({ word, speaker: speakerNamed(word, known) }))
    .find((found) => found.speaker !== undefined);
  const speaker = named?.speaker ?? null;
  const terms = new Map<string, number>();
  const words = distinct(tellingWords(text).filter((word) => word !== named?.word));
  for (const word of words) addWord(terms, word, 1, known);
  for (const word of distinct(keywords.flatMap(tellingWords))) addWord(terms, word, RANKING.keyword, known);
  return { terms, speaker };
}

/** Whom a word names, also when it is misspelled and nothing else that anybody said. */
function speakerNamed(word: string, { speakers, vocabulary }: Known): string | undefined {
  const exact = speakers.get(word);
  if (exact !== undefined || word.length < SHORTEST_REPAIRED_WORD || vocabulary.has(word)) return exact;
  for (const [name, speaker] of speakers) if (distanceWithin(word, name, 1) <= 1) return speaker;
  return undefined;
}

function addWord(terms: Map<string, number>, word: string, weight: number, known: Known): void {
  const stem = stemOf(word);
  raise(terms, stem, weight);
  for (const synonym of synonymsOf(stem)) raise(terms, synonym, weight * RANKING.synonym);
  if (known.vocabulary.has(word) || known.knows(stem)) return;
  for (const { word: near, distance } of known.vocabulary.near(word))
    raise(terms, stemOf(near), (weight * RANKING.misheard) / Math.sqrt(distance));
}

/** A stem that is asked for in several ways counts as the strongest of them. */
function raise(terms: Map<string, number>, stem: string, weight: number): void {
  terms.set(stem, Math.max(terms.get(stem) ?? 0, weight));
}

function distinct(words: readonly string[]): string[] {
  return [...new Set(words)].slice(0, MOST_WORDS);
}
