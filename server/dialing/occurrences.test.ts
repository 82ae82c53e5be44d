import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextOccurrence, type Recurrence, upcoming } from './occurrences.ts';

const EVERY_DAY: Recurrence = {
  atTime: '09:00',
  onDate: null,
  days: [1, 2, 3, 4, 5, 6, 7],
  everyWeeks: 1,
  fromDate: '2026-01-01',
  untilDate: null,
  skippedDates: [],
  gap: 'later',
};
const at = (iso: string) => new Date(iso).getTime();
const times = (recurrence: Partial<Recurrence>, zone: string, after: string, count = 3) =>
  upcoming({ ...EVERY_DAY, ...recurrence }, zone, at(after), count).map(({ local, atMs }) => [
    local,
    new Date(atMs).toISOString().slice(0, 16),
  ]);

describe('a scheduled call', () => {
  it('keeps its hour on the wall when summer time begins and ends', () => {
    expect(times({}, 'Europe/Brussels', '2026-03-28T00:00:00Z')).toEqual([
      ['2026-03-28T09:00', '2026-03-28T08:00'],
      ['2026-03-29T09:00', '2026-03-29T07:00'],
      ['2026-03-30T09:00', '2026-03-30T07:00'],
    ]);
    expect(times({}, 'America/New_York', '2026-10-31T12:00:00Z', 2)).toEqual([
      ['2026-10-31T09:00', '2026-10-31T13:00'],
      ['2026-11-01T09:00', '2026-11-01T14:00'],
    ]);
  });

  it('at an hour that summer time skips is later, earlier or left out, as was asked', () => {
    const after = '2026-03-28T12:00:00Z';
    const first = (gap: Recurrence['gap']) => times({ atTime: '02:30', gap }, 'Europe/Brussels', after, 1)[0];
    expect(first('later')).toEqual(['2026-03-29T02:30', '2026-03-29T01:30']); // 03:30 on the wall
    expect(first('earlier')).toEqual(['2026-03-29T02:30', '2026-03-29T00:30']); // 01:30
    expect(first('skip')).toEqual(['2026-03-30T02:30', '2026-03-30T00:30']);
  });

  it('at an hour that comes twice is made once, the first time', () => {
    expect(times({ atTime: '02:30' }, 'Europe/Brussels', '2026-10-24T12:00:00Z', 2)).toEqual([
      ['2026-10-25T02:30', '2026-10-25T00:30'],
      ['2026-10-26T02:30', '2026-10-26T01:30'],
    ]);
  });

  it('comes on its days, every other week, between its dates, and not on those that are left out', () => {
    const mondays = { days: [1, 4], everyWeeks: 2, fromDate: '2026-11-23', untilDate: '2026-12-11' };
    expect(times(mondays, 'UTC', '2026-11-01T00:00:00Z', 9).map(([local]) => local)).toEqual([
      '2026-11-23T09:00',
      '2026-11-26T09:00',
      '2026-12-07T09:00',
      '2026-12-10T09:00',
    ]);
    const skipping = { ...mondays, skippedDates: ['2026-11-26'] };
    expect(times(skipping, 'UTC', '2026-11-24T00:00:00Z', 1)[0]?.[0]).toBe('2026-12-07T09:00');
  });

  it('once is once', () => {
    const once = { onDate: '2026-11-23', days: [] };
    expect(times(once, 'Asia/Kolkata', '2026-11-22T00:00:00Z')).toEqual([
      ['2026-11-23T09:00', '2026-11-23T03:30'],
    ]);
    expect(times(once, 'Asia/Kolkata', '2026-11-23T03:30:00Z')).toEqual([]);
  });

  it('in any zone: each lies after the last, shows its hour, and a day of the week that was asked for', () => {
    const zone = fc.constantFrom(
      'Europe/Brussels',
      'America/New_York',
      'Australia/Lord_Howe',
      'Pacific/Apia',
    );
    const days = fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 });
    const hour = fc.integer({ min: 3, max: 23 }); // no zone of these skips an hour after three
    const moment = fc.integer({ min: at('2026-01-02T00:00:00Z'), max: at('2027-12-31T00:00:00Z') });
    fc.assert(
      fc.property(zone, days, hour, moment, (timeZone, wanted, atHour, afterMs) => {
        const atTime = `${String(atHour).padStart(2, '0')}:00`;
        const next = nextOccurrence({ ...EVERY_DAY, days: wanted, atTime }, timeZone, afterMs);
        if (next === null) throw new Error('a recurrence without an end has a next occurrence');
        expect(next.atMs).toBeGreaterThan(afterMs);
        expect(next.atMs - afterMs).toBeLessThanOrEqual(8 * 24 * 3_600_000);
        const shown = new Intl.DateTimeFormat('en-GB', {
          timeZone,
          hour: '2-digit',
          minute: '2-digit',
          hourCycle: 'h23',
        }).format(next.atMs);
        expect(shown).toBe(atTime);
        const day = new Date(`${next.local.slice(0, 10)}T12:00:00Z`).getUTCDay();
        expect(wanted).toContain(day === 0 ? 7 : day);
      }),
      { numRuns: 300 },
    );
  });
});
