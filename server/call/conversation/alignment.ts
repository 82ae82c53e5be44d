import type { Word } from './types.ts';
import { bare } from './words.ts';

/**
 * Where the words that text-to-speech reports lie in the text that it was given. Vendors speak "$4" as
 * "four dollars" and may report either, so words are matched where they are equal, and what lies between two
 * matches is laid out evenly.
 */

interface Token {
  word: string;
  /** End of the token in the text. */
  end: number;
}

/** How far ahead, in words of either side, a match is looked for. */
const LOOK_AHEAD_WORDS = 8;
/** A single shorter word ("a", "the") is no proof that both sides are at the same place again. */
const TELLING_LENGTH = 4;

/**
 * The part of `said` that was heard: up to the last word whose middle lies before `earMs`. Without a word that
 * was heard, nothing was.
 */
export function heardText(said: string, words: readonly Word[], earMs: number): string {
  const heard = words.findLastIndex((word) => (word.startMs + word.endMs) / 2 <= earMs);
  return said.slice(0, endsInText(said, words)[heard] ?? 0).trimEnd();
}

/** For each spoken word, where in `said` the text ends that has been spoken once the word has. Never decreases. */
export function endsInText(said: string, words: readonly Word[]): number[] {
  const source = [...said.matchAll(/\S+/g)]
    .map((match) => ({ word: bare(match[0]), end: match.index + match[0].length }))
    .filter((token) => token.word !== '');
  const spoken = words.map((word) => bare(word.text));
  const ends = alignedEnds(
    spoken.filter((word) => word !== ''),
    source,
  );
  // A dash that is reported as a word takes time and has no letters: the text stays where it was.
  let sounded = 0;
  return spoken.map((word) => (word === '' ? (ends[sounded - 1] ?? 0) : (ends[sounded++] ?? 0)));
}

function alignedEnds(spoken: readonly string[], source: readonly Token[]): number[] {
  const ends: number[] = [];
  let inSource = 0;
  while (ends.length < spoken.length) {
    const next = nextMatch(spoken, ends.length, source, inSource);
    layOut(ends, next.spoken - ends.length, source, inSource, next.source - inSource);
    inSource = next.source;
    const matched = source[inSource];
    if (next.found && matched !== undefined) {
      ends.push(matched.end);
      inSource += 1;
    }
  }
  return ends;
}

/** The nearest place at which both sides agree again; the frontier of both when there is none. */
function nextMatch(spoken: readonly string[], i: number, source: readonly Token[], j: number) {
  for (let distance = 0; distance <= 2 * LOOK_AHEAD_WORDS; distance++) {
    for (let a = Math.max(0, distance - LOOK_AHEAD_WORDS); a <= Math.min(distance, LOOK_AHEAD_WORDS); a++) {
      const b = distance - a;
      if (agreesAt(spoken, i + a, source, j + b, distance))
        return { found: true, spoken: i + a, source: j + b };
    }
  }
  // The end of what is known: later words may still bring a match, so each spoken word stands for one of the text.
  const left = spoken.length - i;
  return { found: false, spoken: spoken.length, source: Math.min(source.length, j + left) };
}

function agreesAt(
  spoken: readonly string[],
  i: number,
  source: readonly Token[],
  j: number,
  distance: number,
): boolean {
  const word = spoken[i];
  if (word === undefined || word !== source[j]?.word) return false;
  if (distance === 0 || word.length >= TELLING_LENGTH) return true;
  const [nextSpoken, nextSource] = [spoken[i + 1], source[j + 1]?.word];
  return nextSpoken === nextSource || nextSpoken === undefined || nextSource === undefined;
}

/** `count` spoken words stand for `length` words of the text from `from` on, evenly. */
function layOut(ends: number[], count: number, source: readonly Token[], from: number, length: number): void {
  const before = ends.at(-1) ?? 0;
  for (let k = 1; k <= count; k++) {
    const covered = Math.floor((k * length) / count);
    ends.push(covered === 0 ? before : (source[from + covered - 1]?.end ?? before));
  }
}
