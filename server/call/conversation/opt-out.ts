/**
 * Words by which somebody says that they want no more calls, ever. Taken at their word at once: US law lets consent be
 * taken back "in any reasonable manner" (47 CFR 64.1200(a)(10), in force since 11 April 2025). "Don't call me tomorrow" is
 * not meant, nor is "stop calling me names". English; another language brings its own.
 */
const WHOM = '(?:me|us|here|this number|my (?:phone|number|house))';
const END = '(?=$|[.,!?;]| (?:please|now|again|already|ever|any ?more|all the time|every|i |or |and |you ))';
const PHRASES = new RegExp(
  [
    `\\bstop (?:calling|phoning|ringing)(?: ${WHOM})?${END}`,
    `\\b(?:don't|do not|never) (?:you )?(?:ever )?(?:call|phone|ring) (?:${WHOM} )?(?:again|any ?more|ever|back again)\\b`,
    `\\bnever (?:call|phone|ring) ${WHOM}`,
    '\\b(?:take|strike) (?:me|us|my number|this number) off\\b',
    '\\b(?:remove|delete) (?:me|us|my number|this number)\\b',
    "\\bi (?:don't|do not) want (?:you to (?:call|phone|ring)|to be (?:called|phoned)|any more calls|these calls|your calls|more calls)\\b(?! (?:me )?(?:tomorrow|today|tonight|now|then|at|on|before|after|until|so))",
    '\\bno more calls\\b',
    '\\b(?:lose|forget) (?:my|this) (?:phone )?number\\b',
    '\\bdo not call list\\b',
    '\\bunsubscribe\\b',
  ].join('|'),
);

/** True when a line of the caller asks that they are not called again. */
export function asksForNoMoreCalls(text: string): boolean {
  return PHRASES.test(text.toLowerCase().replaceAll('’', "'").replace(/\s+/g, ' ').trim());
}

const WRONG_NUMBER = /\bwrong (?:number|person)\b|\bno ?(?:one|body) (?:here )?(?:by|of|with) that name\b/;

/** True when somebody says that whoever is called is not to be had at this number. */
export function saysWrongNumber(text: string): boolean {
  return WRONG_NUMBER.test(text.toLowerCase().replace(/\s+/g, ' '));
}
