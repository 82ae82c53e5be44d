import { describe, expect, it } from 'vitest';
import { isTimeZone, momentIn, spokenMoment } from './zoned-time.ts';

const iso = (text: string, zone: string) => momentIn(text, zone)?.toISOString() ?? null;

describe('a time as somebody means it', () => {
  it.each([
    ['2026-11-27T09:00', 'Europe/Brussels', '2026-11-27T08:00:00.000Z'],
    ['2026-11-27 09:00', 'America/New_York', '2026-11-27T14:00:00.000Z'],
    ['2026-11-27T09:00:00Z', 'America/New_York', '2026-11-27T09:00:00.000Z'],
    ['2026-11-27T09:00:00+05:30', 'UTC', '2026-11-27T03:30:00.000Z'],
    ['2026-11-27', 'Europe/Brussels', '2026-11-27T22:59:00.000Z'],
    // Clocks go forward at two: half past two is half past three. Back at three: the first half past two.
    ['2026-03-29T02:30', 'Europe/Brussels', '2026-03-29T01:30:00.000Z'],
    ['2026-10-25T02:30', 'Europe/Brussels', '2026-10-25T00:30:00.000Z'],
    ['2026-11-27T09:00', 'Not/AZone', '2026-11-27T09:00:00.000Z'],
    ['tomorrow', 'UTC', null],
    ['2026-02-31', 'UTC', null],
    ['', 'UTC', null],
  ])('%s in %s', (text, zone, expected) => {
    expect(iso(text, zone)).toBe(expected);
  });

  it('is said with its day', () => {
    expect(spokenMoment(Date.parse('2026-11-22T23:30:00Z'), 'Europe/Brussels')).toBe(
      'Monday, 23 November 2026 at 00:30',
    );
  });

  it('knows zones by their names only', () => {
    expect(['Europe/Brussels', 'UTC', 'Mars/Base', '+02:00', ''].map(isTimeZone)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
