import { Temporal } from 'temporal-polyfill';

/** Times as people have them: in a zone, with its summer time. A name that is no zone counts as UTC. */

const SPOKEN: Intl.DateTimeFormatOptions = {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
};

/** True for an IANA name such as Europe/Brussels. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return !/^[+-]/.test(name);
  } catch {
    return false; // how Intl says that there is no such zone
  }
}

/** Such as "Sunday, 22 November 2026 at 15:04". */
export function spokenMoment(wallMs: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { ...SPOKEN, timeZone: known(timeZone) }).format(wallMs);
}

/**
 * The moment that a date or a time means to somebody in a zone. A day alone is meant to its last minute; an hour that
 * summer time skips is the one after it, one that comes twice the first.
 * @param text ISO 8601, with or without time and offset. @returns null when it is none.
 */
export function momentIn(text: string, timeZone: string): Date | null {
  const zone = known(timeZone);
  for (const read of [instant, localTime, wholeDay]) {
    try {
      return new Date(read(text.trim(), zone));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return null;
}

function instant(text: string): number {
  return Temporal.Instant.from(text).epochMilliseconds;
}

function localTime(text: string, zone: string): number {
  if (!/T| \d/.test(text)) throw new RangeError('no time of day');
  return Temporal.PlainDateTime.from(text).toZonedDateTime(zone).epochMilliseconds;
}

function wholeDay(text: string, zone: string): number {
  const lastMinute = { hour: 23, minute: 59 };
  return Temporal.PlainDate.from(text).toPlainDateTime(lastMinute).toZonedDateTime(zone).epochMilliseconds;
}

function known(timeZone: string): string {
  return isTimeZone(timeZone) ? timeZone : 'UTC';
}
