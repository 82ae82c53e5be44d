import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { destinationOf } from './destination.ts';
import { defaultPolicy } from './policy.ts';
import { DIAL_RULES, type DialFacts, judgeDial } from './rules.ts';

const LIVE = defaultPolicy(true);
const NOON = new Date('2026-11-22T17:00:00Z').getTime(); // in New York

/** A call that nothing speaks against. */
const FACTS: DialFacts = {
  nowMs: NOON,
  destination: { valid: true, country: 'US', kind: 'ordinary' },
  listed: null,
  denied: false,
  suppressed: false,
  paused: null,
  consented: true,
  proven: true,
  age: { band: 'adult', guardianConsented: false, adultsOnly: false },
  timeZone: 'America/New_York',
  windows: null,
  attempts: { limit: null, lastDay: 0, unansweredInARow: 0, minutesSinceUnanswered: null },
  onTheLine: 0,
  velocity: {
    numbersOfPayer: null,
    payersOfNumber: 0,
    newNumbers: 0,
    isNewNumber: true,
    committedCents: 0,
    callsUnderWay: 0,
    vendorCeiling: null,
  },
};

const attempts = (change: Partial<DialFacts['attempts']>) => ({ attempts: { ...FACTS.attempts, ...change } });
const age = (change: Partial<DialFacts['age']>) => ({ age: { ...FACTS.age, ...change } });
const velocity = (change: Partial<DialFacts['velocity']>) => ({ velocity: { ...FACTS.velocity, ...change } });

/** For each rule, what makes it speak, and the nearest that does not. */
const CASES: ReadonlyArray<[rule: string, refused: Partial<DialFacts>, allowed: Partial<DialFacts>]> = [
  ['number_suppressed', { suppressed: true }, {}],
  ['number_not_allowed', { listed: false }, { listed: true }],
  ['number_invalid', { destination: { valid: false, country: null, kind: 'unknown' } }, {}],
  ['number_special', { destination: { valid: true, country: 'US', kind: 'special' } }, {}],
  ['number_denied', { denied: true }, {}],
  [
    'country_not_allowed',
    { destination: { valid: true, country: 'JM', kind: 'ordinary' } },
    { destination: { valid: true, country: 'CA', kind: 'ordinary' } },
  ],
  ['paused', { paused: 'persona' }, {}],
  ['consent_missing', { consented: false }, {}],
  ['number_unproven', { proven: false }, {}],
  ['age_unknown', age({ band: null }), {}],
  ['minor', age({ band: 'minor', guardianConsented: true }), age({ adultsOnly: true })],
  ['zone_unknown', { timeZone: null }, {}],
  ['quiet_hours', { nowMs: NOON + 8 * 3_600_000 }, { nowMs: NOON + 8 * 3_600_000 - 1 }],
  ['on_the_line', { onTheLine: 1 }, {}],
  ['too_many_attempts', attempts({ lastDay: 3 }), attempts({ lastDay: 2 })],
  ['too_soon', attempts({ minutesSinceUnanswered: 4.9 }), attempts({ minutesSinceUnanswered: 5 })],
  ['never_answers', attempts({ unansweredInARow: 6 }), attempts({ unansweredInARow: 5 })],
  ['payer_calls_too_many', velocity({ numbersOfPayer: 5 }), velocity({ numbersOfPayer: 4 })],
  ['number_has_many_payers', velocity({ payersOfNumber: 3 }), velocity({ payersOfNumber: 2 })],
  ['too_many_new_numbers', velocity({ newNumbers: 60 }), velocity({ newNumbers: 60, isNewNumber: false })],
  ['house_spends_too_fast', velocity({ committedCents: 50_000 }), velocity({ committedCents: 49_999 })],
  [
    'vendors_full',
    velocity({ callsUnderWay: 8, vendorCeiling: 8 }),
    velocity({ callsUnderWay: 8, vendorCeiling: 9 }),
  ],
  ['too_many_calls', velocity({ callsUnderWay: 50 }), velocity({ callsUnderWay: 49 })],
];

describe('the rules of the gate', () => {
  it('let through a call that nothing speaks against', () => {
    expect(judgeDial(FACTS, LIVE, 'dial')).toBeNull();
  });

  it.each(CASES)('%s refuses, and not a step before', (rule, refused, allowed) => {
    expect(judgeDial({ ...FACTS, ...refused }, LIVE, 'dial')).toMatchObject({ rule });
    expect(judgeDial({ ...FACTS, ...allowed }, LIVE, 'dial')).toBeNull();
  });

  it('every rule has a case here', () => {
    expect(CASES.map(([rule]) => rule)).toEqual(DIAL_RULES);
  });

  it('a callee’s own limit counts where it is lower than the house’s', () => {
    expect(judgeDial({ ...FACTS, ...attempts({ lastDay: 1, limit: 1 }) }, LIVE, 'dial')?.rule).toBe(
      'too_many_attempts',
    );
    expect(judgeDial({ ...FACTS, ...attempts({ lastDay: 3, limit: 9 }) }, LIVE, 'dial')?.rule).toBe(
      'too_many_attempts',
    );
    expect(judgeDial({ ...FACTS, ...attempts({ lastDay: 0, limit: 0 }) }, LIVE, 'dial')).not.toBeNull();
  });

  it('what a payer is asked before is refused for what will not pass by itself alone', () => {
    fc.assert(
      fc.property(fc.constantFrom(...CASES), ([rule, refused]) => {
        const asked = judgeDial({ ...FACTS, ...refused }, LIVE, 'ask');
        const dialled = judgeDial({ ...FACTS, ...refused }, LIVE, 'dial');
        expect(dialled?.rule).toBe(rule);
        if (asked !== null) expect(asked.rule).toBe(rule);
      }),
    );
    expect(judgeDial({ ...FACTS, suppressed: true }, LIVE, 'ask')).not.toBeNull();
    expect(judgeDial({ ...FACTS, onTheLine: 1 }, LIVE, 'ask')).toBeNull();
  });

  it('more that speaks against a call never lets it through', () => {
    const change = fc.constantFrom(...CASES).map(([, refused]) => refused);
    fc.assert(
      fc.property(fc.array(change, { minLength: 1 }), (changes) => {
        expect(judgeDial(Object.assign({}, FACTS, ...changes) as DialFacts, LIVE, 'dial')).not.toBeNull();
      }),
    );
  });
});

describe('destinations', () => {
  it.each([
    ['+12125550123', 'US', 'ordinary'],
    ['+14165550123', 'CA', 'ordinary'],
    ['+4915112345678', 'DE', 'ordinary'],
    ['+18765551234', 'JM', 'ordinary'],
    ['+19002345678', 'US', 'special'],
    ['+18005550123', 'US', 'special'],
    ['+12129765555', 'US', 'special'],
  ])('%s is in %s, %s', (number, country, kind) => {
    expect(destinationOf(number, false)).toEqual({ valid: true, country, kind });
  });

  it.each(['+1911', '+15550000001', '+1212555', '+999123456789', '+4911'])('%s is no number', (number) => {
    expect(destinationOf(number, false)).toMatchObject({ valid: false });
  });

  it('takes +1 555 for a number only where no phone can ring', () => {
    expect(destinationOf('+15550123456', true)).toEqual({ valid: true, country: 'US', kind: 'ordinary' });
    expect(destinationOf('+15550100', true).valid).toBe(true);
    expect(destinationOf('+19002345678', true).kind).toBe('special');
  });
});
