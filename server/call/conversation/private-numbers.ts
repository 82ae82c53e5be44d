import { bare } from './words.ts';

/** Numbers that nobody should say on the phone, taken out of a line before anything is done with it. */

const UNITS: Readonly<Record<string, string>> = listed(
  'zero:0 oh:0 o:0 one:1 two:2 three:3 four:4 five:5 six:6 seven:7 eight:8 nine:9 ten:10 eleven:11 twelve:12 thirteen:13 fourteen:14 fifteen:15 sixteen:16 seventeen:17 eighteen:18 nineteen:19',
);
const TENS: Readonly<Record<string, string>> = listed(
  'twenty:2 thirty:3 forty:4 fifty:5 sixty:6 seventy:7 eighty:8 ninety:9',
);
const TIMES: Readonly<Record<string, number>> = { double: 2, triple: 3 };

/** Payment cards have so many digits (ISO/IEC 7812), the last of which checks the others. */
const CARD_DIGITS = { least: 13, most: 19 };
const SOCIAL_SECURITY_DIGITS = 9;
const CODE_DIGITS = { least: 3, most: 8 };
/** How many words before a number may say what it is. */
const NAMED_WITHIN = 6;
const NAMES_OF_CODES = new Set(['cvv', 'cvc', 'passcode', 'password', 'otp', 'pin']);
/** "Security code", "verification code", but "area code" and "zip code" are no secrets. */
const BEFORE_CODE = new Set([
  'security',
  'verification',
  'access',
  'login',
  'confirmation',
  'texted',
  'one-time',
]);

interface Token {
  text: string;
  /** The digits that it stands for; empty where it is no number. */
  digits: string;
}

/**
 * Puts a mark in the place of card numbers, social security numbers and secret codes, said digit by digit or in groups.
 * Phone numbers, sums, dates and years stay. What is spread over several lines is not found.
 */
export function maskPrivateNumbers(text: string): string {
  if (!/\d|\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)\b/i.test(text)) return text;
  const tokens = tokensOf(text);
  const out: string[] = [];
  let isMasked = false;
  for (let at = 0; at < tokens.length; ) {
    const found = tokens[at]?.digits === '' ? null : privateRun(tokens, at);
    isMasked ||= found !== null;
    out.push(found === null ? (tokens[at]?.text ?? '') : found.mark);
    at = found === null ? at + 1 : found.end;
  }
  return isMasked ? out.join(' ') : text;
}

/** The longest private number that begins here. */
function privateRun(tokens: readonly Token[], from: number): { mark: string; end: number } | null {
  let end = from;
  while (end < tokens.length && tokens[end]?.digits !== '') end += 1;
  for (let to = end; to > from; to--) {
    const digits = tokens
      .slice(from, to)
      .map((token) => token.digits)
      .join('');
    const mark = markOf(digits, tokens, from, to === end);
    if (mark !== null) return { mark: mark + endingOf(tokens[to - 1]?.text ?? ''), end: to };
  }
  return null;
}

function markOf(digits: string, tokens: readonly Token[], from: number, isWhole: boolean): string | null {
  const { length } = digits;
  if (length >= CARD_DIGITS.least && length <= CARD_DIGITS.most && passesLuhn(digits)) return '[card number]';
  if (!isWhole) return null;
  const before = tokens.slice(Math.max(0, from - NAMED_WITHIN), from).map((token) => bare(token.text));
  const isSpelled = /^\d{3}-\d{2}-\d{4}\W*$/.test(tokens[from]?.text ?? '');
  if (length === SOCIAL_SECURITY_DIGITS && (isSpelled || before.includes('social') || before.includes('ssn')))
    return '[social security number]';
  const isCode = length >= CODE_DIGITS.least && length <= CODE_DIGITS.most && namesCode(before);
  return isCode ? '[code]' : null;
}

function namesCode(before: readonly string[]): boolean {
  return before.some(
    (word, i) => NAMES_OF_CODES.has(word) || (word === 'code' && BEFORE_CODE.has(before[i - 1] ?? '')),
  );
}

function tokensOf(text: string): Token[] {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const tokens: Token[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const times = TIMES[bare(word)];
    const next = words[at + 1];
    const repeated = times === undefined || next === undefined ? '' : (UNITS[bare(next)] ?? digitsIn(next));
    if (times !== undefined && repeated.length === 1) {
      tokens.push({ text: `${word} ${next}`, digits: repeated.repeat(times) });
      at += 1;
    } else tokens.push({ text: word, digits: digitsOf(word, bare(words[at + 1] ?? '')) });
  }
  return tokens;
}

/** @param next a unit after a ten belongs to it: "forty two" is 42, and "forty" alone 40. */
function digitsOf(word: string, next: string): string {
  const said = bare(word);
  const [ten = '', unit] = said.split('-');
  const tens = TENS[ten];
  if (tens !== undefined && unit !== undefined) return tens + (UNITS[unit] ?? '');
  if (tens !== undefined)
    return UNITS[next]?.length === 1 && next !== 'oh' && next !== 'o' ? tens : `${tens}0`;
  return UNITS[said] ?? digitsIn(word);
}

/** Digits that are written as such, in groups or not; a sum or a time is none. */
function digitsIn(word: string): string {
  const trimmed = word.replace(/^[("'#]+|[)"',.;:!?]+$/g, '');
  return /^\d+(?:-\d+)*$/.test(trimmed) ? trimmed.replaceAll('-', '') : '';
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

function endingOf(text: string): string {
  return /[.,;:!?]+$/.exec(text)?.[0] ?? '';
}

function listed(pairs: string): Record<string, string> {
  return Object.fromEntries(pairs.split(' ').map((pair) => pair.split(':') as [string, string]));
}
