import { distanceWithin } from './search/near-words.ts';
import { wordsOf } from './search/words.ts';

/** Of ten words of a quote, nine must be there: models mend small things, and recognition mishears them. */
const SAME = 0.9;
/** A shorter quote proves nothing. */
const FEWEST_WORDS = 2;

export interface QuotedTurn {
  seq: number;
  text: string;
}

/** What the person said, without the persona's own lines. */
export function callersTurns<Turn extends QuotedTurn & { speaker: string }>(call: {
  turns: readonly Turn[];
}): Turn[] {
  return call.turns.filter(({ speaker }) => speaker === 'caller');
}

/** The turn in which a quote was said, or null: a fact that nobody said is no fact. @param cited looked at first. */
export function turnOfQuote(
  quote: string,
  turns: readonly QuotedTurn[],
  cited: readonly number[],
): number | null {
  const wanted = wordsOf(quote);
  if (wanted.length < FEWEST_WORDS) return null;
  const isCited = new Set(cited);
  const ordered = [...turns].sort((a, b) => Number(isCited.has(b.seq)) - Number(isCited.has(a.seq)));
  return ordered.find(({ text }) => holds(wordsOf(text), wanted))?.seq ?? null;
}

/** True when the words stand in the text in their order, with little else between them and few of them missing. */
function holds(text: readonly string[], wanted: readonly string[]): boolean {
  const needed = Math.ceil(wanted.length * SAME);
  for (let start = 0; start < text.length; start++) {
    let at = start;
    let found = 0;
    for (const word of wanted) {
      const next = text.slice(at, at + 3).findIndex((candidate) => isSame(candidate, word));
      if (next < 0) continue;
      found += 1;
      at += next + 1;
    }
    if (found >= needed) return true;
  }
  return false;
}

function isSame(a: string, b: string): boolean {
  return a === b || (a.length > 4 && distanceWithin(a, b, 1) <= 1);
}
