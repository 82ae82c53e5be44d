import type { Word } from './types.ts';

/** Sounds by which a listener says "go on"; alone they are no turn. */
const BACKCHANNELS = new Set(
  'mm mmm mhm mmhm mm-hm mm-hmm uh-huh uhhuh huh hm hmm ah oh yeah yep yup yes ok okay right sure cool wow really'.split(
    ' ',
  ),
);

/** What people say on picking up; while the opening plays it is no interruption. */
const GREETINGS = new Set(
  'hello hi hey hallo yes yeah speaking good morning afternoon evening who is this there'.split(' '),
);

/** Lower-case words without punctuation. */
export function wordsOf(text: string): string[] {
  return text
    .split(/\s+/)
    .map(bare)
    .filter((word) => word !== '');
}

function bare(word: string): string {
  return word
    .toLowerCase()
    .replace(/[^\p{L}\p{N}'-]/gu, '')
    .replace(/^['-]+|['-]+$/g, '');
}

/** True when the text is nothing but signs of listening. The last word of a partial may be a fragment ("ye"). */
export function isBackchannel(text: string): boolean {
  return everyWordIn(text, BACKCHANNELS);
}

export function isGreeting(text: string): boolean {
  return everyWordIn(text, GREETINGS);
}

function everyWordIn(text: string, known: ReadonlySet<string>): boolean {
  const words = wordsOf(text);
  return words.every((word, i) => known.has(word) || (i === words.length - 1 && isFragment(word, known)));
}

function isFragment(word: string, known: ReadonlySet<string>): boolean {
  return word.length > 1 && [...known].some((candidate) => candidate.startsWith(word));
}

/**
 * The part of `said` that was heard: up to the last word whose middle lies before `earMs`.
 * Vendor words are matched to the source one after the other; a word that the source does not have
 * next ("dollars" for "$4") moves nothing, so a mismatch shortens the text by a word and never invents one.
 */
export function heardText(said: string, words: readonly Word[], earMs: number): string {
  const heard = words.filter((word) => (word.startMs + word.endMs) / 2 <= earMs);
  const source = [...said.matchAll(/\S+/g)];
  let next = 0;
  let end = 0;
  for (const word of heard) {
    const found = findWithin(source, next, bare(word.text));
    if (found === undefined) continue;
    next = found + 1;
    const match = source[found];
    if (match !== undefined) end = match.index + match[0].length;
  }
  return said.slice(0, end).trimEnd();
}

const LOOK_AHEAD_WORDS = 4;

function findWithin(source: RegExpExecArray[], from: number, word: string): number | undefined {
  for (let i = from; i < Math.min(source.length, from + LOOK_AHEAD_WORDS); i++) {
    if (bare(source[i]?.[0] ?? '') === word) return i;
  }
  return undefined;
}
