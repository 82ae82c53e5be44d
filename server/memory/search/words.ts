import stemmer from 'wink-porter2-stemmer';

/** Words that say nothing about what a sentence is about. Contractions count with and without their apostrophe. */
const STOP_WORDS = new Set(
  `a about above after again against all am an and any are as at be because been before being below between both but by
  can could did do does doing down during each few for from further had has have having he her here hers herself him
  himself his how i if in into is it its itself just let me more most my myself no nor not now of off on once only or
  other our ours ourselves out over own same she should so some such than that the their theirs them themselves then
  there these they this those through to too under until up us very was we were what when where which while who whom
  whose why will with would you your yours yourself yourselves im ive id ill youre youve youd youll hes shes theyre
  theyve theyd theyll weve wed thats whats wheres whos hows heres theres isnt arent wasnt werent hasnt havent hadnt
  doesnt dont didnt wont wouldnt shant shouldnt cant cannot couldnt mustnt lets oh ok okay yeah yes yep um uh hm hmm
  well also really get got going go like`.split(/\s+/),
);

/** What is longer is no word, and stemming takes time that grows with its square. */
const LONGEST_WORD = 40;

/** What a text is made of, in order: lower case, without accents, apostrophes and possessives. */
export function wordsOf(text: string): string[] {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
  return (plain.match(/[\p{L}\p{N}]+(?:['’][\p{L}\p{N}]+)*/gu) ?? []).map((word) =>
    word
      .replace(/['’]s$/, '')
      .replace(/['’]/g, '')
      .slice(0, LONGEST_WORD),
  );
}

/** The words of a text that say what it is about. */
export function tellingWords(text: string): string[] {
  return wordsOf(text).filter((word) => !STOP_WORDS.has(word));
}

/** Whether a text has all of a phrase's telling words; none has those of a phrase without any. */
export function tellsAllOf(phrase: string): (text: string) => boolean {
  const words = [...new Set(tellingWords(phrase))];
  return (text) => {
    const present = new Set(tellingWords(text));
    return words.length > 0 && words.every((word) => present.has(word));
  };
}

const stems = new Map<string, string>();
/** One process meets the same words again and again; more than so many are forgotten together. */
const MOST_STEMS = 50_000;

/** The stem under which a word is found, whatever its ending (Snowball English). */
export function stemOf(word: string): string {
  const known = stems.get(word);
  if (known !== undefined) return known;
  if (stems.size >= MOST_STEMS) stems.clear();
  const stem = stemmer(word);
  stems.set(word, stem);
  return stem;
}
