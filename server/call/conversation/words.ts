/** What words tell about the speaker, without a model. English; another language brings its own lists. */

/** Sounds by which a listener says "go on"; alone they are no turn. */
const BACKCHANNELS = listOf(
  'mm mmm mhm mmhm mm-hm mm-hmm uh-huh uhhuh huh hm hmm ah oh yeah yep yup yes ok okay right sure cool wow really',
);

/** What people say on picking up; while the opening plays it is no interruption. */
const GREETINGS = listOf(
  'hello hi hey hallo yes yeah speaking good morning afternoon evening who is this there',
);

/** Short answers after which nobody goes on: answered at once, however unsure speech-to-text is. */
const AFFIRMATIONS = listOf(
  'yes yeah yep yup no nope nah ok okay sure right exactly correct absolutely definitely alright fine please thanks thank you',
);

/** One of these stops the persona, whatever else is said. */
const STOP_WORDS = listOf('stop wait hold no hang quiet enough pause');

/** Words after which a sentence goes on, and sounds by which a speaker keeps the turn. */
const GOES_ON = listOf(
  `um uh er erm uhm hmm like and or but so because if when while that which who to of in on at by for from with
   about into the a an my your his her our their this these is are was were am be been will would can could should
   i it's i'm don't not very really just than as then`,
);

function listOf(words: string): ReadonlySet<string> {
  return new Set(words.split(/\s+/));
}

/** Lower-case words without punctuation. */
export function wordsOf(text: string): string[] {
  return text
    .split(/\s+/)
    .map(bare)
    .filter((word) => word !== '');
}

/** The word in lower case, without the punctuation around it. */
export function bare(word: string): string {
  return word
    .toLowerCase()
    .replace(/[^\p{L}\p{N}'-]/gu, '')
    .replace(/^['-]+|['-]+$/g, '');
}

/** What follows the words of `beginning` in a text that begins with them; all of it when it does not. */
export function withoutBeginning(text: string, beginning: string): string {
  const words = text.split(/\s+/);
  const count = beginning.split(/\s+/).length;
  return sameWords(words.slice(0, count).join(' '), beginning) ? words.slice(count).join(' ') : text;
}

/** The same words, whatever their case and punctuation. */
export function sameWords(a: string, b: string): boolean {
  return wordsOf(a).join(' ') === wordsOf(b).join(' ');
}

/** True when the text is nothing but signs of listening. The last word of a partial may be a fragment ("ye"). */
export function isBackchannel(text: string): boolean {
  return everyWordIn(text, BACKCHANNELS);
}

export function isGreeting(text: string): boolean {
  return everyWordIn(text, GREETINGS);
}

/** "Yes.", "no", "okay sure": a whole answer although it is short. */
export function isAffirmation(text: string): boolean {
  const words = wordsOf(text);
  return words.length > 0 && words.length <= 3 && words.every((word) => AFFIRMATIONS.has(word));
}

/** A stop word that is followed or repeated: the last word of a partial is too often revised to be trusted alone. */
export function hasStopWord(text: string, final: boolean): boolean {
  const words = wordsOf(text);
  return words.some((word, i) => STOP_WORDS.has(word) && (final || i < words.length - 1));
}

/** A turn that was declared over and still sounds as if it went on: an open clause, a filled pause, a trailing comma. */
export function isHesitant(text: string): boolean {
  const trimmed = text.trim();
  const last = wordsOf(trimmed).at(-1);
  if (last === undefined) return false;
  if (/(?:[,;:—–-]|\.\.\.|…)$/.test(trimmed)) return true;
  if (/[.!?]$/.test(trimmed)) return ['um', 'uh', 'er', 'erm', 'uhm', 'and', 'but', 'because'].includes(last);
  return GOES_ON.has(last);
}

/**
 * True when `text` is a stretch of what the persona has just said, coming back over the line. Its first and last
 * words may be fragments. One word alone is too little proof, unless `strict` is off.
 */
export function isEchoOf(text: string, spoken: string, strict: boolean): boolean {
  const words = wordsOf(text);
  if (words.length === 0 || (strict && words.length < 2)) return false;
  if (words.some((word) => STOP_WORDS.has(word)) && words.length < 3) return false;
  const source = wordsOf(spoken);
  for (let from = 0; from + words.length <= source.length; from++) {
    const matches = words.every((word, k) => {
      const other = source[from + k] ?? '';
      return (
        other === word ||
        (k === words.length - 1 && word.length > 1 && other.startsWith(word)) ||
        (k === 0 && words.length > 2 && word.length > 1 && other.endsWith(word))
      );
    });
    if (matches) return true;
  }
  return false;
}

/** Nearly the same sentence: at least four words, of which four in five are the same. */
export function isRepetition(text: string, earlier: string): boolean {
  const [words, others] = [new Set(wordsOf(text)), new Set(wordsOf(earlier))];
  if (words.size < 4 || others.size < 4) return false;
  const shared = [...words].filter((word) => others.has(word)).length;
  return shared / Math.max(words.size, others.size) >= 0.8;
}

function everyWordIn(text: string, known: ReadonlySet<string>): boolean {
  const words = wordsOf(text);
  return words.every((word, i) => known.has(word) || (i === words.length - 1 && isFragment(word, known)));
}

function isFragment(word: string, known: ReadonlySet<string>): boolean {
  return word.length > 1 && [...known].some((candidate) => candidate.startsWith(word));
}
