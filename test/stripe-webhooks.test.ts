import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stripeEvents } from '../db/schema/index.ts';
import { MoneyHouse, SYSTEM } from './money-house.ts';
import { until } from './sandbox.ts';

let house: MoneyHouse;
beforeAll(async () => {
  house = await MoneyHouse.open();
  await house.payments.listen();
});
afterAll(() => house?.close());
beforeEach(() => house.clearFaults());

const taken = () => house.database.db.as(SYSTEM, (tx) => tx.select().from(stripeEvents));
const secretOf = () => {
  const [endpoint] = house.stripe.endpoints();
  if (endpoint === undefined) throw new Error('no endpoint was registered');
  return endpoint.secret;
};

function signed(body: string, atS: number, secret = secretOf()): string {
  return `t=${atS},v1=${createHmac('sha256', secret).update(`${atS}.${body}`).digest('hex')}`;
}

async function post(body: string, signature: string): Promise<number> {
  const response = await fetch(house.webhookUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'stripe-signature': signature },
    body,
  });
  await response.text();
  return response.status;
}

const nowS = () => Math.floor(Date.now() / 1_000);
const event = (id: string, type: string, object: object) =>
  JSON.stringify({ id, object: 'event', type, api_version: '2026-10-28.endive', data: { object } }, null, 2);

describe('events of Stripe', () => {
  it('make a held call be dialled', async () => {
    const { callId, token } = await house.offer();
    await house.pay(token);
    const { id } = house.intentOf(callId);
    await until('the event was taken', async () => (await taken()).some(({ objectId }) => objectId === id));
    await house.work();
    expect(await house.hold(callId)).toMatchObject({ state: 'held', paymentIntentId: id });
    expect(house.dialled).toContain(callId);
  });

  it('case 17: delivered twice, also at the same time, are taken once', async () => {
    const body = event('evt_twice', 'payment_intent.succeeded', { id: 'pi_none', object: 'payment_intent' });
    const answers = await Promise.all([1, 2, 3, 4].map(() => post(body, signed(body, nowS()))));
    expect(answers).toEqual([200, 200, 200, 200]);
    expect((await taken()).filter(({ id }) => id === 'evt_twice')).toHaveLength(1);
  });

  it('case 18: whatever order they come in, the state is the one that Stripe has', async () => {
    const { callId, intentId } = await house.heldCall();
    await house.end(callId, 200);
    await house.settleAtLast(callId);
    for (const type of ['payment_intent.canceled', 'payment_intent.amount_capturable_updated']) {
      const body = event(`evt_${type}`, type, { id: intentId, object: 'payment_intent', status: 'canceled' });
      expect(await post(body, signed(body, nowS()))).toBe(200);
    }
    await house.work();
    expect(await house.hold(callId)).toMatchObject({ state: 'captured', live: false });
    expect(await house.settlement(callId)).toMatchObject({ state: 'captured', capturedCents: 200 });
  });

  it('case 19: all lost, the sweeps bring every state right', async () => {
    house.fault({ kind: 'webhooks-lost', times: 1_000 });
    const held = await house.offer();
    await house.pay(held.token);
    const ended = await house.offer();
    await house.pay(ended.token);
    await house.payments.approvals.revoke({ token: ended.token });
    await house.sweep();
    await house.work();
    expect(await house.hold(held.callId)).toMatchObject({ state: 'held' });
    expect(house.dialled).toContain(held.callId);
    expect(house.intentOf(ended.callId).status).toBe('canceled');
    expect(await house.hold(ended.callId)).toMatchObject({ live: false });
  });

  it('case 20: forged, written anew or old, they are refused and change nothing', async () => {
    const before = (await taken()).length;
    const body = event('evt_bad', 'payment_intent.succeeded', { id: 'pi_x', object: 'payment_intent' });
    expect(await post(body, signed(body, nowS(), 'whsec_of_somebody_else'))).toBe(400);
    expect(await post(JSON.stringify(JSON.parse(body)), signed(body, nowS()))).toBe(400);
    expect(await post(body, signed(body, nowS() - 360))).toBe(400);
    expect(await post(body, '')).toBe(400);
    expect((await taken()).length).toBe(before);
    expect(await post(body, signed(body, nowS() - 240))).toBe(200);
  });

  it('case 21: a clock that is ten minutes off changes no amount and no state', async () => {
    house.stripe.ledger.advance(600);
    const { callId } = await house.heldCall();
    await house.end(callId, 200);
    await house.settleAtLast(callId);
    expect(house.intentOf(callId)).toMatchObject({ status: 'succeeded', amount_received: 200 });
  });
});

describe('the stand-in of Stripe', () => {
  const ask = async (path: string, body: Record<string, string>, key?: string) => {
    const response = await fetch(house.stripe.url + path, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test', ...(key === undefined ? {} : { 'idempotency-key': key }) },
      body: new URLSearchParams(body),
    });
    return { status: response.status, json: (await response.json()) as Record<string, unknown> };
  };
  const errorOf = (json: Record<string, unknown>) => json.error as Record<string, unknown>;

  it.each([
    ['an unknown parameter', { payment_method_types: 'card' }, 'parameter_unknown'],
    ['a fraction', { amount: '325.4' }, 'parameter_invalid_integer'],
    ['a negative amount', { amount: '-5' }, 'parameter_invalid_integer'],
    ['an amount below the least', { amount: '49' }, 'amount_too_small'],
    ['no currency', { currency: undefined }, 'parameter_missing'],
  ])('refuses %s', async (_name, change, code) => {
    const body = Object.fromEntries(
      Object.entries({ amount: '500', currency: 'usd', ...change }).filter(
        ([, value]) => value !== undefined,
      ),
    ) as Record<string, string>;
    const { status, json } = await ask('/v1/payment_intents', body);
    expect([status, errorOf(json).code]).toEqual([400, code]);
  });

  it('answers the same under the same key, and refuses the key for anything else', async () => {
    const first = await ask('/v1/customers', { name: 'Carol' }, 'key-1');
    expect((await ask('/v1/customers', { name: 'Carol' }, 'key-1')).json.id).toBe(first.json.id);
    const other = await ask('/v1/customers', { name: 'Dave' }, 'key-1');
    expect([other.status, errorOf(other.json).type]).toEqual([400, 'idempotency_error']);
  });

  it('does not remember what it never executed', async () => {
    expect((await ask('/v1/payment_intents', { amount: 'x', currency: 'usd' }, 'key-2')).status).toBe(400);
    expect((await ask('/v1/payment_intents', { amount: '500', currency: 'usd' }, 'key-2')).status).toBe(200);
  });

  it('captures once, never more than is held, and says in its error what the intent is', async () => {
    const { callId } = await house.heldCall();
    const { id } = house.intentOf(callId);
    const capture = (amount: string) =>
      ask(`/v1/payment_intents/${id}/capture`, { amount_to_capture: amount });
    expect(errorOf((await capture('1001')).json).code).toBe('amount_too_large');
    expect((await capture('300')).json).toMatchObject({ status: 'succeeded', amount_received: 300 });
    const again = errorOf((await capture('300')).json);
    expect(again).toMatchObject({
      code: 'payment_intent_unexpected_state',
      payment_intent: { amount_received: 300 },
    });
    expect((await ask(`/v1/payment_intents/${id}/cancel`, {})).status).toBe(400);
  });
});
