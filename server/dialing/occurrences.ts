import { Temporal } from 'temporal-polyfill';

/** When a schedule's calls are due: by the clock on the callee's wall, through summer time and back. */

export interface Recurrence {
  /** Such as 09:00. */
  atTime: string;
  /** Once, on this local date; null where it recurs. */
  onDate: string | null;
  /** Monday is 1. */
  days: readonly number[];
  everyWeeks: number;
  fromDate: string;
  untilDate: string | null;
  skippedDates: readonly string[];
  /** What becomes of a time that summer time skips: 02:30 is 03:30, 01:30, or not that day. */
  gap: 'later' | 'earlier' | 'skip';
}

export interface Occurrence {
  /** Local, such as 2026-11-23T09:00: what names the occurrence, also when the zone changes its rules. */
  local: string;
  atMs: number;
}

/** A recurrence that has nothing in so many weeks has nothing. */
const WEEKS_AHEAD = 60;

/** The first occurrence after a moment; null when there is none any more. A time that comes twice is meant the first time. */
export function nextOccurrence(recurrence: Recurrence, timeZone: string, afterMs: number): Occurrence | null {
  const after = Temporal.Instant.fromEpochMilliseconds(afterMs).toZonedDateTimeISO(timeZone).toPlainDate();
  for (const date of datesFrom(recurrence, after)) {
    const occurrence = occurrenceOn(recurrence, date, timeZone);
    if (occurrence !== null && occurrence.atMs > afterMs) return occurrence;
  }
  return null;
}

/** The next few, for those who look ahead. */
export function upcoming(
  recurrence: Recurrence,
  timeZone: string,
  afterMs: number,
  count: number,
): Occurrence[] {
  const found: Occurrence[] = [];
  for (let after = afterMs; found.length < count; ) {
    const next = nextOccurrence(recurrence, timeZone, after);
    if (next === null) break;
    found.push(next);
    after = next.atMs;
  }
  return found;
}

function* datesFrom(recurrence: Recurrence, day: Temporal.PlainDate): Generator<Temporal.PlainDate> {
  const { onDate, days, everyWeeks, fromDate, untilDate, skippedDates } = recurrence;
  const isSkipped = (date: Temporal.PlainDate) => skippedDates.includes(date.toString());
  if (onDate !== null) {
    const date = Temporal.PlainDate.from(onDate);
    if (!isSkipped(date)) yield date;
    return;
  }
  const first = Temporal.PlainDate.from(fromDate);
  const last = untilDate === null ? null : Temporal.PlainDate.from(untilDate);
  const firstMonday = mondayOf(first);
  // A day back: the zone's today may have begun before the moment that is asked about.
  let date = later(first, day.subtract({ days: 1 }));
  for (let ahead = 0; ahead < WEEKS_AHEAD * everyWeeks * 7; ahead++, date = date.add({ days: 1 })) {
    if (last !== null && Temporal.PlainDate.compare(date, last) > 0) return;
    const weeks = firstMonday.until(mondayOf(date), { largestUnit: 'weeks' }).weeks;
    if (weeks % everyWeeks === 0 && days.includes(date.dayOfWeek) && !isSkipped(date)) yield date;
  }
}

function occurrenceOn(
  { atTime, gap }: Recurrence,
  date: Temporal.PlainDate,
  timeZone: string,
): Occurrence | null {
  const local = date.toPlainDateTime(Temporal.PlainTime.from(atTime));
  const zoned = local.toZonedDateTime(timeZone, {
    disambiguation: gap === 'earlier' && isInGap(local, timeZone) ? 'earlier' : 'compatible',
  });
  if (gap === 'skip' && isInGap(local, timeZone)) return null;
  return { local: local.toString({ smallestUnit: 'minute' }), atMs: zoned.epochMilliseconds };
}

/** A local time that no clock of the zone shows that day. */
function isInGap(local: Temporal.PlainDateTime, timeZone: string): boolean {
  return !local.toZonedDateTime(timeZone).toPlainDateTime().equals(local);
}

function mondayOf(date: Temporal.PlainDate): Temporal.PlainDate {
  return date.subtract({ days: date.dayOfWeek - 1 });
}

function later(a: Temporal.PlainDate, b: Temporal.PlainDate): Temporal.PlainDate {
  return Temporal.PlainDate.compare(a, b) >= 0 ? a : b;
}

/** The date that it is in a zone, such as 2026-11-23. */
export function localDateAt(wallMs: number, timeZone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(wallMs).toZonedDateTimeISO(timeZone).toPlainDate().toString();
}
