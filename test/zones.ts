import { Temporal } from 'temporal-polyfill';

/** A zone in which it is such an hour now; these have no summer time. */
export function zoneAt(hour: number): string {
  const now = Temporal.Now.zonedDateTimeISO('UTC').hour;
  const west = ((now - hour + 36) % 24) - 12; // Etc/GMT+5 lies five hours behind UTC
  return west === 0 ? 'Etc/GMT' : `Etc/GMT${west > 0 ? '+' : ''}${Math.max(west, -12)}`;
}
