/** A first clause shorter than this ("Oh,") would be over before the next one can follow. */
const MIN_FIRST_CLAUSE_CHARS = 5;
/** Without any sentence end by then, the text is cut at its last space. */
const MAX_PIECE_CHARS = 240;
const ABBREVIATION = /(?:^|\s)(?:Mr|Mrs|Ms|Dr|St|Prof|vs|e\.g|i\.e|approx|No)\.$/;

export interface Pieces {
  /** Ready to be spoken, in order, spaces kept: text-to-speech joins them verbatim. */
  ready: string[];
  rest: string;
}

/**
 * Cuts streamed text into what can be spoken now and what must wait for more.
 * The very first clause goes at once, because it decides how soon the persona is heard; from then on
 * whole sentences, because they sound better and the listener is busy anyway.
 * @param first nothing of this utterance has been spoken yet.
 * @param open more text may follow; when false a short text is one piece, which sounds best, and a long one
 *   goes by sentences, so that what will not be heard need not be paid for.
 */
export function cutPieces(text: string, first: boolean, open: boolean): Pieces {
  const ready: string[] = [];
  let rest = text;
  while (open || rest.length > MAX_PIECE_CHARS) {
    const end = open && first && ready.length === 0 ? firstClauseEnd(rest) : sentenceEnd(rest);
    if (end === undefined) break;
    ready.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  if (open || rest.trim() === '') return { ready, rest: open ? rest : '' };
  return { ready: [...ready, rest], rest: '' };
}

function firstClauseEnd(text: string): number | undefined {
  // A full stop may be one inside a number or an address until a space follows; the others end a clause at once.
  return endAfter(text, /[.:](?=\s)|(?<!\d)[!?…;,—–](?=\s|$)/g, MIN_FIRST_CLAUSE_CHARS);
}

function sentenceEnd(text: string): number | undefined {
  const end = endAfter(text, /[.!?…](?=\s)/g, 0);
  if (end !== undefined || text.length <= MAX_PIECE_CHARS) return end;
  const space = text.lastIndexOf(' ', MAX_PIECE_CHARS);
  return space > 0 ? space + 1 : undefined;
}

/** End of the first match that is long enough, with the space behind it. */
function endAfter(text: string, mark: RegExp, minChars: number): number | undefined {
  for (const match of text.matchAll(mark)) {
    const end = match.index + match[0].length;
    if (end < minChars || ABBREVIATION.test(text.slice(0, end))) continue;
    return Math.min(end + 1, text.length);
  }
  return undefined;
}

const URL_WORD = /\b(?:https?:\/\/|www\.)\S+/g;
const NOT_SPOKEN = /[*_`#~|<>[\]{}\\]|\p{Extended_Pictographic}|\uFE0F/gu;

/** Takes out what cannot be said aloud: markup, emoji, web addresses. */
export function speakable(text: string): string {
  return text
    .replace(URL_WORD, 'the link')
    .replace(NOT_SPOKEN, '')
    .replace(/[ \t]*\n+[ \t]*/g, ' ');
}
