import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallWindow } from './call-windows.ts';
import { isCallingTime, nextCallingTime } from './calling-hours.ts';

const HOURS = { outerHours: { from: 8, to: 21 }, defaultHours: { from: 9, to: 20 } };
const at = (iso: string) => new Date(iso).getTime();
const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

describe('calling hours', () => {
  it('are those of the callee’s own zone', () => {
    expect(isCallingTime(at('2026-11-22T13:00:00Z'), 'America/New_York', null, HOURS)).toBe(false); // 08:00
    expect(isCallingTime(at('2026-11-22T14:00:00Z'), 'America/New_York', null, HOURS)).toBe(true); // 09:00
    expect(isCallingTime(at('2026-11-22T14:00:00Z'), 'America/Los_Angeles', null, HOURS)).toBe(false);
    expect(isCallingTime(at('2026-11-22T19:00:00Z'), 'Europe/Brussels', null, HOURS)).toBe(false); // 20:00
  });

  it('case 22: follow the callee into summer time while the call waits', () => {
    // Brussels goes from UTC+1 to UTC+2 on 29 March 2026.
    const window: CallWindow[] = [{ days: [6, 7], from: '10:00', to: '11:00' }];
    expect(isCallingTime(at('2026-03-28T09:30:00Z'), 'Europe/Brussels', window, HOURS)).toBe(true);
    expect(isCallingTime(at('2026-03-29T09:30:00Z'), 'Europe/Brussels', window, HOURS)).toBe(false);
    expect(isCallingTime(at('2026-03-29T08:30:00Z'), 'Europe/Brussels', window, HOURS)).toBe(true);
    expect(iso(nextCallingTime(at('2026-03-28T10:30:00Z'), 'Europe/Brussels', window, HOURS))).toBe(
      '2026-03-29T08:00:00.000Z',
    );
    expect(iso(nextCallingTime(at('2026-10-24T10:30:00Z'), 'Europe/Brussels', window, HOURS))).toBe(
      '2026-10-25T09:00:00.000Z',
    );
  });

  it('are never outside of the outer hours, whatever somebody wishes', () => {
    const allDay: CallWindow[] = [{ days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }];
    expect(isCallingTime(at('2026-11-22T07:59:00Z'), 'UTC', allDay, HOURS)).toBe(false);
    expect(isCallingTime(at('2026-11-22T08:00:00Z'), 'UTC', allDay, HOURS)).toBe(true);
    expect(isCallingTime(at('2026-11-22T21:00:00Z'), 'UTC', allDay, HOURS)).toBe(false);
    const night: CallWindow[] = [{ days: [1, 2, 3, 4, 5, 6, 7], from: '02:00', to: '04:00' }];
    expect(nextCallingTime(at('2026-11-22T12:00:00Z'), 'UTC', night, HOURS)).toBeNull();
    expect(nextCallingTime(at('2026-11-22T12:00:00Z'), 'UTC', [], HOURS)).toBeNull();
  });

  it('the next one is a calling time, and none comes before it', () => {
    const minute = fc.integer({ min: 0, max: 24 * 60 - 1 });
    const clock = (minutes: number) =>
      `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
    const window = fc
      .tuple(fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), minute, minute)
      .filter(([, from, to]) => from < to)
      .map(([days, from, to]): CallWindow => ({ days, from: clock(from), to: clock(to) }));
    const zone = fc.constantFrom(
      'America/New_York',
      'Europe/Brussels',
      'Australia/Lord_Howe',
      'Asia/Kolkata',
    );
    const moment = fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2026-12-31T00:00:00Z') });
    fc.assert(
      fc.property(
        fc.array(window, { maxLength: 4 }),
        zone,
        moment,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (windows, timeZone, wallMs, part) => {
          const next = nextCallingTime(wallMs, timeZone, windows, HOURS);
          if (next === null) return;
          expect(next).toBeGreaterThanOrEqual(wallMs);
          expect(isCallingTime(next, timeZone, windows, HOURS)).toBe(true);
          const before = wallMs + Math.floor((next - wallMs) * part) - 1;
          if (before >= wallMs) expect(isCallingTime(before, timeZone, windows, HOURS)).toBe(false);
        },
      ),
      { numRuns: 500 },
    );
  });
});
