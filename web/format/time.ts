/** Times in the viewer's own locale and zone. */

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** To the second, for lists of what happened within a minute. */
const second = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

export function formatSecond(iso: string): string {
  return second.format(new Date(iso));
}

export function formatMoment(iso: string): string {
  return moment.format(new Date(iso));
}

/** Such as 1:05, or 1:02:09 for more than an hour. */
export function formatLength(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const tail = `${hours > 0 ? String(minutes).padStart(2, '0') : minutes}:${String(rest).padStart(2, '0')}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short', timeZone: 'UTC' });

/** A date without a time, such as 2026-11-23: the same day in every zone. */
export function formatDay(date: string): string {
  return day.format(new Date(`${date}T00:00:00Z`));
}

/** @param number Monday is 1. */
export function weekdayName(number: number): string {
  return weekday.format(new Date(Date.UTC(2024, 0, number))); // 2024 began on a Monday
}
