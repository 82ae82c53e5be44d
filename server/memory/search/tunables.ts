/**
 * How memories are ranked. The figures were tuned on the public long-conversation benchmark LoCoMo (ten conversations,
 * 5,882 turns, 1,536 questions); each says what it brought there, in points of recall@10.
 */
export const RANKING = {
  /** BM25: how soon more of the same word counts less, and how much length counts. +1.7 over 1.2 and 0.75. */
  k1: 0.9,
  b: 0.4,
  /** A turn is what is said around it: share of a score that goes to the turns one and two places away. +5 to +7. */
  neighbours: [0.4, 0.1],
  /** A turn belongs to a conversation about something: share of the score of its whole session. +3. */
  session: 0.4,
  /** A question that names a speaker is about what that speaker said. +3.9. */
  namedSpeaker: 1.8,
  /** Weight of a word's synonyms. +1.1. */
  synonym: 0.3,
  /** Weight of words that the model adds to a query. */
  keyword: 0.4,
  /** Weight of what the extraction noted as other words for a fact. */
  alias: 0.5,
  /** Weight of the nearest known word for one that nobody said, divided by the root of the distance. +13.7 for mis-heard words. */
  misheard: 0.8,
  /** How much of a fact's score goes to the turns that it was learned from. +1.9. */
  citedTurn: 0.7,
} as const;

/** Words shorter than this are not repaired: everything would be near them. */
export const SHORTEST_REPAIRED_WORD = 4;
/** From so many letters on, two may be wrong. */
export const LONG_WORD = 7;
/** From so many letters on, an unknown word may be the beginning of a known one ("physio"). */
export const SHORTEST_BEGINNING = 5;
/** So many near words of an unknown one are tried. */
export const MOST_REPAIRS = 5;
