import { Temporal } from 'temporal-polyfill';
import type { CallWindow } from './call-windows.ts';
import type { DialPolicy } from './policy.ts';

/** When somebody may be called, in the hours of their own zone: summer time and all. */

type Hours = Pick<DialPolicy, 'outerHours' | 'defaultHours'>;

const MINUTES_PER_DAY = 24 * 60;
/** How far ahead an opening is looked for: a week and a day, so that every weekday has come. */
const DAYS_AHEAD = 8;

/** True when a moment lies in the windows and within the outer hours of a zone. */
export function isCallingTime(
  wallMs: number,
  timeZone: string,
  windows: readonly CallWindow[] | null,
  hours: Hours,
): boolean {
  const local = Temporal.Instant.fromEpochMilliseconds(wallMs).toZonedDateTimeISO(timeZone);
  const minute = local.hour * 60 + local.minute;
  return openMinutes(local.dayOfWeek, windows, hours).some(([from, to]) => minute >= from && minute < to);
}

/** The next moment at which they may be called, from `wallMs` on; null when there is none within a week. */
export function nextCallingTime(
  wallMs: number,
  timeZone: string,
  windows: readonly CallWindow[] | null,
  hours: Hours,
): number | null {
  if (isCallingTime(wallMs, timeZone, windows, hours)) return wallMs;
  const today = Temporal.Instant.fromEpochMilliseconds(wallMs).toZonedDateTimeISO(timeZone).toPlainDate();
  for (let ahead = 0; ahead <= DAYS_AHEAD; ahead++) {
    const day = today.add({ days: ahead });
    const openings = openMinutes(day.dayOfWeek, windows, hours)
      .map(([from]) => momentOf(day, from, timeZone))
      .filter((opening) => opening > wallMs);
    if (openings.length > 0) return Math.min(...openings);
  }
  return null;
}

/** The stretches of a weekday in which somebody may be called, in minutes since midnight. */
function openMinutes(
  weekday: number,
  windows: readonly CallWindow[] | null,
  { outerHours, defaultHours }: Hours,
): Array<[number, number]> {
  const wanted: Array<[number, number]> =
    windows === null
      ? [[defaultHours.from * 60, defaultHours.to * 60]]
      : windows
          .filter(({ days }) => days.includes(weekday))
          .map(({ from, to }) => [minuteOf(from), minuteOf(to)]);
  return wanted
    .map(([from, to]): [number, number] => [
      Math.max(from, outerHours.from * 60),
      Math.min(to, outerHours.to * 60, MINUTES_PER_DAY),
    ])
    .filter(([from, to]) => from < to);
}

function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

/** An hour that summer time skips is the one after it. */
function momentOf(day: Temporal.PlainDate, minute: number, timeZone: string): number {
  const time = { hour: Math.floor(minute / 60), minute: minute % 60 };
  return day.toPlainDateTime(time).toZonedDateTime(timeZone).epochMilliseconds;
}
