import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { budgetNotices } from '../server/cost/budget-notices.ts';
import { startTestApp, type TestApp } from './app.ts';

let test: TestApp;
let nextNumber = 15_551_500;
beforeAll(async () => {
  test = await startTestApp();
});
afterAll(() => test?.close());

const ADMIN = { kind: 'system', purpose: 'test' } as const;

interface CallRow {
  id: string;
  userId: string;
  capCents: number;
  warnAtCents: number;
  endReason: string | null;
}

/** A callee nobody has called yet, with limits of their own. */
async function callee(limits: Record<string, unknown> = {}): Promise<{ number: string; userId: string }> {
  const number = `+${nextNumber++}`;
  const [user] = await test.database.db.as(ADMIN, (tx) =>
    tx.execute<{ id: string }>(
      `insert into users (phone_number, display_name) values ('${number}', 'Alice') returning id`,
    ),
  );
  const userId = user?.id ?? '';
  const changed = await test.api(`/api/user/budget?userId=${userId}`, { method: 'PUT', body: limits });
  expect(changed.status).toBe(200);
  return { number, userId };
}

const place = (to: string) => test.api('/api/calls', { method: 'POST', body: { to, displayName: 'Alice' } });

async function events(callId: string): Promise<Array<Record<string, unknown> & { type: string }>> {
  const { text } = await test.api(`/api/calls/${callId}/events`);
  return [...text.matchAll(/^data: (.*)$/gm)].map((match) => JSON.parse(match[1] ?? '') as { type: string });
}

describe('a user’s budget', () => {
  it('has the customer’s defaults', async () => {
    const { userId } = await callee();
    expect((await test.api(`/api/user/budget?userId=${userId}`)).json).toEqual({
      maxCostPerCallCents: 1_000,
      maxCostPerDayCents: 5_000,
      maxCostPerMonthCents: 10_000,
      maxMemoryTokens: 4_300,
      warnAtPercent: 75,
      autoCutoff: true,
      gracePeriodSeconds: 10,
      notify: ['panel', 'payer'],
      version: 2, // the first change was nothing
    });
  });

  it.each([
    ['a negative amount', { maxCostPerCallCents: -1 }],
    ['a fraction of a cent', { maxCostPerDayCents: 10.5 }],
    ['a percentage over 100', { warnAtPercent: 101 }],
    ['a grace of no time', { gracePeriodSeconds: 0 }],
    ['an unknown field', { currency: 'EUR' }],
    ['an unknown way to be told', { notify: ['pigeon'] }],
  ])('%s is refused and changes nothing', async (_name, body) => {
    const { userId } = await callee({ maxCostPerCallCents: 700 });
    const path = `/api/user/budget?userId=${userId}`;
    const before = (await test.api(path)).json;
    const answer = await test.api(path, { method: 'PUT', body });
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect((await test.api(path)).json).toEqual(before);
  });

  it('caps a call by the smallest of call, day and month', async () => {
    const { number } = await callee({ maxCostPerCallCents: 900, maxCostPerMonthCents: 800 });
    expect((await place(number)).json).toMatchObject({
      capCents: 800,
      warnAtCents: 600,
      funding: 'sponsored',
    });
  });

  it('case 30: calls that start at once do not spend the same money', async () => {
    const { number } = await callee({ maxCostPerDayCents: 1_200 });
    const placed = await Promise.all([place(number), place(number), place(number)]);
    const caps = placed.flatMap(({ status, json }) => (status === 201 ? [(json as CallRow).capCents] : []));
    expect(caps.sort()).toEqual([1_000, 200]);
    expect(placed.find(({ status }) => status !== 201)).toMatchObject({
      status: 402,
      json: { type: 'urn:ringback:budget_exhausted' },
    });
  });

  it('gives the carrier a time limit that the cap can pay', async () => {
    const { number } = await callee({ maxCostPerCallCents: 300 });
    await place(number);
    const dial = (await test.sandbox.journal('twilio')).findLast(({ what }) => what === 'rest');
    expect(dial?.detail.form).toMatchObject({ TimeLimit: '300' }); // 25 + 5 x 40 and the fee
  });

  it('cases 28 and 29: warns once in the persona’s words, ends with a goodbye, and the total stays within the limit', async () => {
    const { number } = await callee({ maxCostPerCallCents: 140, notify: ['panel', 'sms'] });
    await test.sandbox.putCaller(number, {
      answerAfterMs: 50,
      lines: [
        { cue: { after: 'answer', delayMs: 100 }, text: 'Hello?' },
        { cue: { after: 'reply', delayMs: 500 }, text: 'Yes, this is Alice.' },
        { cue: { after: 'reply', delayMs: 500 }, text: 'I want to finish the report for my boss today.' },
        { cue: { after: 'reply', delayMs: 500 }, text: "I start at three o'clock." },
        { cue: { after: 'reply', delayMs: 500 }, text: 'What did I tell you about the report?' },
        { cue: { after: 'reply', delayMs: 500 }, text: 'Tell me the story about your friend.' },
      ],
    });
    const call = (await place(number)).json as CallRow;
    const told = await events(call.id);
    const budget = told.filter(({ type }) => type === 'budget');
    expect(budget.map(({ level }) => level)).toEqual(['warn', 'cutoff']);
    expect(told.find(({ type }) => type === 'ended')).toMatchObject({ reason: 'budget-exhausted' });
    const said = told
      .filter(({ type }) => type === 'turn')
      .map(({ turn }) => (turn as { text: string }).text);
    expect(said.filter((text) => text.includes('most of this call'))).toHaveLength(1);
    const cost = (await test.api(`/api/calls/${call.id}/cost`)).json as { totalCostCents: number };
    expect(cost.totalCostCents).toBeLessThanOrEqual(140);

    const { warning } = (await test.api(`/api/calls/${call.id}/money`)).json as {
      warning: { spentCents: number; capCents: number };
    };
    expect(warning).toMatchObject({ spentCents: budget[0]?.spentCents, capCents: 140 });
    const texted = (await test.sandbox.journal('twilio'))
      .map(({ detail }) => detail.form as { To?: string; Body?: string } | undefined)
      .filter((form) => form?.To === number && form.Body !== undefined);
    const [spent, cap] = [warning.spentCents, 140].map((cents) => `$${(cents / 100).toFixed(2)}`);
    expect(texted.map((form) => form?.Body)).toEqual([
      `Your call with Brad has cost ${spent} of the ${cap} that it may cost. Your limits: ${test.app.publicBaseUrl}/app/budget`,
    ]);
  }, 60_000);

  it('tells nobody by text who does not wish it', async () => {
    const { number } = await callee({ maxCostPerCallCents: 140, notify: ['panel'] });
    const { db } = test.database;
    const call = (await place(number)).json as CallRow;
    const queued: unknown[] = [];
    const tell = budgetNotices(db, async (_tx, text) => void queued.push(text), pino({ level: 'silent' }));
    await Promise.all([1, 2].map(() => tell(call.id, { spentCents: 105, capCents: 140 })));
    expect(queued).toEqual([]);
    await test.api(`/api/user/budget?userId=${call.userId}`, { method: 'PUT', body: { notify: ['sms'] } });
    await tell(call.id, { spentCents: 120, capCents: 140 });
    expect(queued).toEqual([]); // it was told before
  });
});

describe('price lists', () => {
  const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();
  const price = { microCents: '50000000', per: '60000', increment: '60000', source: 'test' };
  const publish = (body: Record<string, unknown>) =>
    test.api('/api/rate-cards', {
      method: 'POST',
      body: { kind: 'retail', validFrom: inAnHour(), note: 'test', prices: {}, ...body },
    });

  it('are published as new versions, never overlapping, and calls keep theirs', async () => {
    const { number } = await callee();
    const before = (await place(number)).json as { retailCardId: string };
    const validFrom = inAnHour();
    const first = await publish({ validFrom, prices: { 'telephony.outbound.ms': price } });
    expect(first.status).toBe(201);
    const overlapping = await publish({ validFrom });
    expect(overlapping).toMatchObject({ status: 409, json: { type: 'urn:ringback:rate_card_overlaps' } });
    const { id } = first.json as { id: string };
    const card = (await test.api(`/api/rate-cards/${id}`)).json as {
      version: number;
      prices: Record<string, unknown>;
    };
    expect(card).toMatchObject({
      version: 2,
      prices: {
        'telephony.outbound.ms': { rate: { microCents: '50000000', per: '60000' }, fee: '0' },
        'tts.characters': { rate: { microCents: '30000000', per: '1000' } },
      },
    });
    const { number: other } = await callee();
    expect(((await place(other)).json as { retailCardId: string }).retailCardId).toBe(before.retailCardId);
  });

  it.each([
    ['a price in the past', { validFrom: '2021-01-01T00:00:00Z' }, 409],
    ['another currency', { currency: 'EUR' }, 422],
    ['a negative price', { prices: { 'tts.characters': { ...price, microCents: '-1' } } }, 422],
    ['a fraction', { prices: { 'tts.characters': { ...price, microCents: '0.5' } } }, 422],
    ['a price for nothing', { prices: { 'tts.characters': { ...price, per: '0' } } }, 422],
    ['a sku that does not exist', { prices: { 'fax.pages': price } }, 422],
  ])('%s is refused', async (_name, body, status) => {
    const count = async () =>
      ((await test.api('/api/rate-cards')).json as { rateCards: unknown[] }).rateCards.length;
    const before = await count();
    expect((await publish(body)).status).toBe(status);
    expect(await count()).toBe(before);
  });

  it('cannot be changed by the server, not even with SQL', async () => {
    const change = test.database.db.as(ADMIN, (tx) => tx.execute('update rates set micro_cents = 1'));
    await expect(change).rejects.toThrow();
  });
});

describe('the estimate', () => {
  it('is the customer’s over the API', async () => {
    const { json } = await test.api('/api/calls/estimate', {
      method: 'POST',
      body: { minutes: 5, memoryTokens: 2_000 },
    });
    expect(json).toMatchObject({ subtotal_cents: 302, total_cents: 341, warning: null });
  });
});
