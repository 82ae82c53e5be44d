import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTemporaryDatabase, type TemporaryDatabase } from '../../db/temporary.ts';
import { asOwner } from '../../test/as-owner.ts';
import { listAlerts } from '../announcing/alerts.ts';
import { systemClock } from '../clock.ts';
import { DialSettings } from '../dialing/house-settings.ts';
import { defaultPolicy } from '../dialing/policy.ts';
import { ALARMS, alarmSweep } from './alarms.ts';
import { type HouseFigures, houseFigures } from './house-figures.ts';

const SYSTEM = { kind: 'system', purpose: 'test' } as const;
let database: TemporaryDatabase;
beforeAll(async () => {
  database = await openTemporaryDatabase();
});
afterAll(() => database?.close());

const FINE: HouseFigures = {
  calls: {},
  vendorCents: 0,
  capturedCents: 0,
  cardFeeCents: 0,
  marginCents: 0,
  committedCents: 0,
  answered: 100,
  completion: 0.95,
  pickUps: { rung: 100, share: 0.4, shareBefore: 0.8 },
  lateSettlements: 0,
  jobsWaiting: 0,
  openAlerts: 0,
  instances: 1,
  vendorsDown: [],
  velocityRules: [],
  webhooksGivenUp: 0,
};
const LIMITS = { committedCentsPerHour: 1_000 };

/** For each alarm, what raises it, and the nearest that does not. */
const CASES: ReadonlyArray<[kind: string, raises: Partial<HouseFigures>, does: Partial<HouseFigures>]> = [
  ['spend', { committedCents: 800 }, { committedCents: 799 }],
  ['settlement-stuck', { lateSettlements: 1 }, {}],
  ['vendor-down', { vendorsDown: ['openai'] }, {}],
  ['completion', { completion: 0.949 }, { completion: 0.5, answered: 19 }],
  [
    'number-health',
    { pickUps: { rung: 50, share: 0.39, shareBefore: 0.8 } },
    { pickUps: { rung: 49, share: 0, shareBefore: 0.8 } },
  ],
  ['velocity', { velocityRules: ['too_many_new_numbers'] }, {}],
  ['webhooks-given-up', { webhooksGivenUp: 1 }, {}],
];

describe('alarms', () => {
  it.each(CASES)('%s', (kind, raises, doesNot) => {
    const told = (figures: Partial<HouseFigures>) =>
      ALARMS.filter(({ tells }) => tells({ ...FINE, ...figures }, LIMITS) !== null).map(
        (alarm) => alarm.kind,
      );
    expect(told(raises)).toEqual([kind]);
    expect(told(doesNot)).toEqual([]);
  });

  it('have a case each', () => {
    expect(CASES.map(([kind]) => kind)).toEqual(ALARMS.map(({ kind }) => kind));
  });

  it('are raised once, cleared when it is over, and raised again', async () => {
    const { db } = database;
    let figures = { ...FINE };
    const settings = new DialSettings(db, defaultPolicy(true));
    const sweep = alarmSweep({ db, settings, houseFigures: () => Promise.resolve(figures) });
    const raised = async () =>
      (await listAlerts(db, SYSTEM)).map(
        ({ kind, clearedAt }) => `${kind} ${clearedAt === null ? 'holds' : 'over'}`,
      );
    await sweep.run();
    expect(await raised()).toEqual([]);
    figures = { ...FINE, vendorsDown: ['twilio'] };
    await sweep.run();
    await sweep.run();
    expect(await raised()).toEqual(['vendor-down holds']);
    figures = FINE;
    await sweep.run();
    expect(await raised()).toEqual(['vendor-down over']);
    figures = { ...FINE, vendorsDown: ['twilio'] };
    await sweep.run();
    expect(await raised()).toEqual(['vendor-down holds', 'vendor-down over']);
    const told = await db.as(SYSTEM, (tx) =>
      tx.execute<{ n: number }>(`select count(*)::int as n from announcements where type = 'alert.raised'`),
    );
    expect(told[0]?.n).toBe(2);
  });

  it('are judged by what the database holds', async () => {
    const read = () => houseFigures(database.db, systemClock)();
    expect(await read()).toMatchObject({ answered: 0, completion: null, velocityRules: [], vendorsDown: [] });
    await asOwner(
      database,
      `insert into instances (id, url, version, vendors_down) values
        (gen_random_uuid(), 'x', '1', '{openai,cartesia}'), (gen_random_uuid(), 'y', '1', '{openai}');
      insert into instances (id, url, version, vendors_down, seen_at) values
        (gen_random_uuid(), 'z', '1', '{twilio}', now() - interval '1 minute');
      insert into dial_decisions (to_number, stage, allowed, rule, facts) values
        ('+15550100', 'dial', false, 'too_many_new_numbers', '{}'), ('+15550100', 'dial', false, 'quiet_hours', '{}');
      insert into users (id, phone_number, display_name) values ('00000000-0000-4000-8000-000000000001', '+15550101', 'A');
      insert into calls (user_id, persona, direction, state, to_number, from_number, cap_cents, answered_at, ended_at, end_reason)
        select '00000000-0000-4000-8000-000000000001', 'brad', 'outbound', 'ended', '+15550101', '+15550199', 100, now(), now(), reason
        from unnest(array['caller-hung-up', 'silence', 'process-died', 'model-failed']) reason;
      insert into calls (user_id, persona, direction, state, to_number, from_number, cap_cents, ended_at, end_reason)
        values ('00000000-0000-4000-8000-000000000001', 'brad', 'outbound', 'ended', '+15550101', '+15550199', 100, now(), 'busy')`,
    );
    expect(await read()).toMatchObject({
      answered: 4,
      completion: 0.5,
      velocityRules: ['too_many_new_numbers'],
      vendorsDown: ['cartesia', 'openai'],
      instances: 2,
    });
  });
});
