import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** What a number is, as far as its digits say. */
export interface Destination {
  valid: boolean;
  /** ISO country; null where there is none, such as a satellite phone. */
  country: string | null;
  kind: 'ordinary' | 'special' | 'unknown';
}

/** Kinds of lines on which somebody is reached at an ordinary price. VoIP is: many people have nothing else. */
const ORDINARY = new Set(['FIXED_LINE', 'MOBILE', 'FIXED_LINE_OR_MOBILE', 'VOIP', 'PERSONAL_NUMBER']);
/** North American exchanges behind which somebody charges or nobody lives: 976, N11, and 555 (fiction, directory). */
const NANP_SPECIAL = /^\+1\d{3}(?:976|[2-9]11)\d{4}$/;
const FICTION = /^\+1555\d{4,11}$/;

/** @param pretend whether numbers that nobody can have count: +1 555, for stand-ins. */
export function destinationOf(number: string, pretend: boolean): Destination {
  if (pretend && FICTION.test(number)) return { valid: true, country: 'US', kind: 'ordinary' };
  const parsed = parsePhoneNumberFromString(number);
  if (parsed === undefined || !parsed.isValid()) return { valid: false, country: null, kind: 'unknown' };
  const type = parsed.getType();
  const kind =
    type === undefined
      ? 'unknown'
      : ORDINARY.has(type) && !NANP_SPECIAL.test(number)
        ? 'ordinary'
        : 'special';
  return { valid: true, country: parsed.country ?? null, kind };
}
