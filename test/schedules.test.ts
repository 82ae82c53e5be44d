import { eq } from 'drizzle-orm';
import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { calls as callsTable } from '../db/schema/index.ts';
import { Schedules } from '../server/dialing/schedules.ts';
import { issueToken } from '../server/http/access/tokens.ts';
import { startTestApp, type TestApp } from './app.ts';
import { asOwner } from './as-owner.ts';
import { Payer } from './payer.ts';
import { until } from './sandbox.ts';
import { zoneAt } from './zones.ts';

/** Calls that are made later: when they were wished for, once, and not when they are not wanted any more. */

let test: TestApp;
beforeAll(async () => {
  test = await startTestApp();
});
afterAll(() => test?.close());

interface Run {
  occurrence: string;
  state: string;
  reason: string | null;
  callId: string | null;
}
interface View {
  id: string;
  userId: string;
  nextAt: string | null;
  endedAt: string | null;
  pausedAt: string | null;
  upcoming: Array<{ local: string; atMs: number }>;
  runs: Run[];
  onDate: string | null;
  atTime: string;
  madeBy: string;
}
interface Call {
  id: string;
  userId: string;
  carrierSid: string | null;
  state: string;
  endReason: string | null;
  transcript: Array<{ speaker: string; text: string }>;
}

const SYSTEM = { kind: 'system', purpose: 'test' } as const;
let nextNumber = 15_556_300;
const newNumber = () => `+${nextNumber++}`;
const make = async (to: string, wish: object) =>
  (await test.api('/api/schedules', { method: 'POST', body: { to, displayName: 'Alice', ...wish } }))
    .json as View;
const view = async (id: string) => (await test.api(`/api/schedules/${id}`)).json as View;
const callView = async (id: string) => (await test.api(`/api/calls/${id}`)).json as Call;
const neverPicksUp = (number: string) => test.sandbox.putCaller(number, { answerAfterMs: null, lines: [] });
const FAR = { onDate: '2099-01-05', at: '10:00' };
/** Its time came this minute. */
const NOW = "date_trunc('minute', now())";
/** The beginning of a minute, 20 to 80 seconds from now. */
const soon = () => new Date((Math.floor((Date.now() + 20_000) / 60_000) + 1) * 60_000);
const isDue = (id: string, moment = NOW) =>
  asOwner(
    test.database,
    `update schedules set on_date = (moment at time zone 'UTC')::date, days = '{}', next_at = moment,
       at_time = to_char(moment at time zone 'UTC', 'HH24:MI'), from_date = '2020-01-01', time_zone = 'UTC'
     from (select ${moment} as moment) m where id = '${id}'`,
  );
const ran = async (id: string, withinMs = 30_000) => {
  await until('it was run', async () => (await view(id)).runs.some(({ state }) => state !== 'due'), withinMs);
  return (await view(id)).runs;
};
const hangUp = async (callId: string) => {
  await until('it rings', async () => (await callView(callId)).carrierSid !== null, 20_000);
  await test.sandbox.hangUp((await callView(callId)).carrierSid ?? '');
};

/** When the carrier was asked for a call; the stand-in counts from the start of this process. */
async function dialTime(callId: string): Promise<number> {
  const dial = (await test.sandbox.journal('twilio')).find(
    ({ what, detail }) =>
      what === 'rest' && (detail.form as Record<string, string>).Url?.includes(callId) === true,
  );
  return performance.timeOrigin + (dial?.atMs ?? 0);
}

describe('a schedule', () => {
  it('tells its next occurrences by the callee’s own clock, and refuses what has none', async () => {
    const number = newNumber();
    const weekly = await make(number, { days: [5, 1, 1], at: '09:30', timeZone: 'America/New_York' });
    expect(weekly.upcoming).toHaveLength(5);
    for (const { local } of weekly.upcoming) expect(local).toMatch(/T09:30$/);
    expect(new Date(weekly.nextAt ?? 0).getTime()).toBe(weekly.upcoming[0]?.atMs);
    const bad = async (wish: object) =>
      (await test.api('/api/schedules', { method: 'POST', body: { to: number, displayName: 'A', ...wish } }))
        .status;
    expect(await bad({ onDate: '2020-01-01', at: '10:00' })).toBe(422);
    expect(await bad({ at: '10:00' })).toBe(422);
    expect(await bad({ ...FAR, days: [1] })).toBe(422);
    expect(await bad({ ...FAR, at: '25:00' })).toBe(422);
    expect(await bad({ ...FAR, timeZone: 'Mars/Olympus' })).toBe(422);
    const nobodys = '00000000-0000-4000-8000-000000000000';
    expect(await bad({ ...FAR, mandateId: nobodys })).toBe(409);
    expect(await bad({ ...FAR, commitmentId: nobodys })).toBe(404);

    const skipped = (await test.api(`/api/schedules/${weekly.id}/skip`, { method: 'POST', body: {} }))
      .json as View;
    expect(skipped.upcoming[0]).toEqual(weekly.upcoming[1]);
    const body = { paused: true };
    expect((await test.api(`/api/schedules/${weekly.id}`, { method: 'PATCH', body })).json).toMatchObject({
      upcoming: [],
      pausedAt: expect.any(String),
    });
    const changed = { paused: false, at: '11:00', days: [3] };
    const after = (await test.api(`/api/schedules/${weekly.id}`, { method: 'PATCH', body: changed }))
      .json as View;
    for (const { local } of after.upcoming) expect(local).toMatch(/T11:00$/);
    expect((await test.api(`/api/schedules/${weekly.id}`, { method: 'DELETE' })).status).toBe(200);
    expect(await view(weekly.id)).toMatchObject({ upcoming: [], nextAt: null, endedAt: expect.any(String) });
  });

  it('is its user’s to see, pause and end, and nobody else’s', async () => {
    const [mine, other] = [await make(newNumber(), FAR), await make(newNumber(), FAR)];
    const token = await issueToken(test.database.db, { role: 'user', userId: mine.userId, label: 'test' });
    expect(
      ((await test.api('/api/schedules', { token })).json as { schedules: View[] }).schedules,
    ).toHaveLength(1);
    const patch = (id: string) =>
      test.api(`/api/schedules/${id}`, { method: 'PATCH', body: { paused: true }, token });
    expect((await patch(mine.id)).status).toBe(200);
    expect((await patch(other.id)).status).toBe(404);
    expect((await test.api(`/api/schedules/${other.id}`, { method: 'DELETE', token })).status).toBe(404);
    const body = { to: newNumber(), displayName: 'Alice', ...FAR };
    expect((await test.api('/api/schedules', { method: 'POST', body, token })).status).toBe(403);
  });
});

describe('a scheduled call', () => {
  it('is made when it is due, once, however many instances look', async () => {
    const number = newNumber();
    await neverPicksUp(number);
    const { id } = await make(number, { ...FAR, retries: 0 });
    await isDue(id);
    const others = Array.from({ length: 3 }, () => new Schedules(test.database.db));
    await Promise.all(others.map((schedules) => schedules.takeUp()));
    const [run, ...more] = await ran(id);
    expect(run).toMatchObject({ state: 'placed', reason: null });
    expect(more).toEqual([]);
    await asOwner(test.database, `update schedule_runs set state = 'due' where schedule_id = '${id}'`);
    await asOwner(
      test.database,
      `select graphile_worker.add_job('run-schedule', json_build_object('runId', id)) from schedule_runs where schedule_id = '${id}'`,
    );
    expect((await ran(id))[0]).toMatchObject({ state: 'placed', callId: run?.callId });
    const made = await test.database.db.as(SYSTEM, (tx) =>
      tx.select().from(callsTable).where(eq(callsTable.toNumber, number)),
    );
    expect(made).toHaveLength(1);
    expect(await view(id)).toMatchObject({ nextAt: null, endedAt: expect.any(String) });
    await hangUp(run?.callId ?? '');
  }, 60_000);

  it('under a mandate has its money held just before, and is dialled when it is due', async () => {
    const number = newNumber();
    await neverPicksUp(number);
    const payer = new Payer(test);
    const { mandateId } = await payer.mandate(number);
    const { id } = await make(number, { ...FAR, mandateId, retries: 0 });
    const due = soon();
    // They may be called from that very minute on: the money is held before, and the call waits for it.
    const timeZone = zoneAt(12);
    const local = Temporal.Instant.fromEpochMilliseconds(due.getTime()).toZonedDateTimeISO(timeZone);
    const from = local.toPlainTime().toString({ smallestUnit: 'minute' });
    const windows = [{ days: [1, 2, 3, 4, 5, 6, 7], from, to: '24:00' }];
    await test.api(`/api/user/call-preferences?userId=${(await view(id)).userId}`, {
      method: 'PATCH',
      body: { timeZone, windows },
    });
    await isDue(id, `'${due.toISOString()}'::timestamptz`);
    const [run] = await ran(id, 75_000); // 45 seconds before it is due, which may be 80 from now
    const callId = run?.callId ?? '';
    await payer.intentIs(callId, 'requires_capture');
    await until('it rings', async () => (await callView(callId)).carrierSid !== null, 100_000);
    const dueMs = Date.parse(`${run?.occurrence}:00Z`);
    const dialledAt = await dialTime(callId);
    expect(dialledAt).toBeGreaterThanOrEqual(dueMs);
    expect(dialledAt - dueMs).toBeLessThan(5_000);
    await hangUp(callId);
    await payer.intentIs(callId, 'canceled');
  }, 180_000);

  it('is not made when it is paused, when its promise is settled, or when its time is over', async () => {
    const paused = await make(newNumber(), FAR);
    await isDue(paused.id);
    await test.api(`/api/schedules/${paused.id}`, {
      method: 'PATCH',
      body: { onDate: '2099-02-02', paused: true },
    });
    const late = await make(newNumber(), { ...FAR, windowMinutes: 5 });
    await isDue(late.id, `${NOW} - interval '30 minutes'`);
    const number = newNumber();
    const followUp = await make(number, FAR);
    const promise = (
      await test.api(`/api/personas/brad/commitments?userId=${followUp.userId}`, {
        method: 'POST',
        body: { promise: 'run three times' },
      })
    ).json as { id: string };
    const about = await make(number, { ...FAR, commitmentId: promise.id });
    await test.api(`/api/personas/brad/commitments/${promise.id}?userId=${followUp.userId}`, {
      method: 'PATCH',
      body: { outcome: 'kept' },
    });
    await isDue(about.id);
    expect(await ran(late.id)).toMatchObject([{ state: 'missed', callId: null }]);
    expect(await ran(about.id)).toMatchObject([{ state: 'skipped', reason: 'the promise is settled' }]);
    expect((await view(paused.id)).runs).toEqual([]);
  }, 60_000);

  it('whose schedule is ended when it is about to be made is not made', async () => {
    const { id } = await make(newNumber(), { ...FAR, retries: 0 });
    await isDue(id, `'${soon().toISOString()}'::timestamptz`);
    await new Schedules(test.database.db).takeUp();
    await until('it is about to be made', async () => (await view(id)).runs.length === 1, 30_000);
    await test.api(`/api/schedules/${id}`, { method: 'DELETE' });
    expect((await view(id)).runs).toMatchObject([{ state: 'skipped', reason: 'the schedule was ended' }]);
  }, 60_000);

  it('that the gate refuses says why', async () => {
    const number = newNumber();
    const { id } = await make(number, FAR);
    await test.api('/api/suppressions', { method: 'POST', body: { phoneNumber: number } });
    await isDue(id);
    expect(await ran(id)).toMatchObject([{ state: 'refused', reason: 'number_suppressed', callId: null }]);
  }, 60_000);

  it('is agreed on in a call: "call me back tomorrow at nine"', async () => {
    const number = newNumber();
    await test.sandbox.putCaller(number, {
      answerAfterMs: 50,
      lines: [
        { cue: { after: 'answer', delayMs: 100 }, text: 'Hello?' },
        { cue: { after: 'reply', delayMs: 600 }, text: 'Yes, this is Alice.' },
        { cue: { after: 'reply', delayMs: 600 }, text: 'Call me back tomorrow at nine.' },
        { cue: { after: 'reply', delayMs: 600 }, text: 'Okay, goodbye.' },
      ],
    });
    const body = { to: number, displayName: 'Alice' };
    const placed = (await test.api('/api/calls', { method: 'POST', body })).json as Call;
    await until('it is over', async () => (await callView(placed.id)).state === 'ended', 60_000);
    const { transcript, userId } = await callView(placed.id);
    expect(transcript.map(({ text }) => text).join(' ')).toMatch(
      /I will call you on \w+, \d+ \w+ \d{4} at 0?9/,
    );
    const { schedules } = (await test.api(`/api/schedules?userId=${userId}`)).json as { schedules: View[] };
    const tomorrow = new Date(Date.now() + 24 * 3_600_000).toISOString().slice(0, 10);
    expect(schedules).toMatchObject([
      { onDate: tomorrow, atTime: '09:00', madeBy: 'call', callId: placed.id },
    ]);
  }, 90_000);
});
