import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { carrierPriceSweep } from '../server/call/carrier-prices.ts';
import { systemClock } from '../server/clock.ts';
import type { CallMargin } from '../server/cost/explanation.ts';
import { RateCards } from '../server/cost/rate-card-store.ts';
import { twilioCarrier } from '../server/telephony/twilio-client.ts';
import { startTestApp, type TestApp } from './app.ts';
import { Payer } from './payer.ts';
import { credentials, until, watchRejections } from './sandbox.ts';

let test: TestApp;
let payer: Payer;
let rejections: ReturnType<typeof watchRejections>;
let nextNumber = 15_552_500;

beforeAll(async () => {
  test = await startTestApp();
  payer = new Payer(test);
  rejections = watchRejections();
});
afterAll(async () => {
  await test?.close();
  rejections.stop();
  expect(rejections.all).toEqual([]);
});

const SHORT = [
  { cue: { after: 'answer', delayMs: 100 }, text: 'Hello?' },
  { cue: { after: 'reply', delayMs: 500 }, text: 'I have to go. Bye!' },
] as const;

/** A callee of their own for each call. */
async function callee(answerAfterMs: number | null = 50): Promise<string> {
  const number = `+${nextNumber++}`;
  await test.sandbox.putCaller(number, { answerAfterMs, lines: [...SHORT] });
  return number;
}

const totalOf = async (callId: string) =>
  ((await test.api(`/api/calls/${callId}/cost`)).json as { totalCostCents: number }).totalCostCents;
const marginOf = async (callId: string) =>
  ((await test.api(`/api/calls/${callId}/cost`)).json as { margin: CallMargin }).margin;
const stateOf = async (callId: string) =>
  (await test.api(`/api/calls/${callId}`)).json as { state: string; endReason: string };
const ended = (callId: string) =>
  until('the call has ended', async () => (await stateOf(callId)).state === 'ended', 60_000);

describe.concurrent('a call that somebody pays for', () => {
  it('is asked for, approved, held, made, charged once and to the cent, and its receipt adds up', async () => {
    const offer = await payer.offer(await callee());
    const question = await (await fetch(offer.payUrl)).text();
    expect(question).toContain('an AI persona, calls Alice, for at most $5.00');
    expect(Buffer.byteLength(question)).toBeLessThan(30_000);
    expect((await stateOf(offer.callId)).state).toBe('planned');

    expect(await payer.approve(offer)).toBe(offer.statusUrl);
    await payer.intentIs(offer.callId, 'succeeded');
    await payer.settled(offer.callId, 'captured');

    const total = await totalOf(offer.callId);
    const intent = await payer.intentOf(offer.callId);
    expect(total).toBeGreaterThan(60);
    expect(intent).toMatchObject({ amount: 500, amount_received: total });
    await until(
      'the fee is booked',
      async () => (await payer.money(offer.callId)).settlement?.stripeFeeCents != null,
    );
    expect((await payer.money(offer.callId)).settlement).toMatchObject({
      totalCents: total,
      capturedCents: total,
      writtenOffCents: 0,
      stripeFeeCents: Math.round(total * 0.029 + 30),
    });
    const receipt = await (await fetch(offer.statusUrl)).text();
    expect(receipt).toContain(`$${(total / 100).toFixed(2)}`);
    const cents = (part: string) =>
      [...part.matchAll(/<td>\$(\d+)\.(\d\d)<\/td>/g)].map(
        ([, dollars, rest]) => Number(dollars) * 100 + Number(rest),
      );
    const [body = '', foot = ''] = receipt.split('<tfoot>');
    const [subtotal = 0, fee = 0, sum = 0] = cents(foot);
    expect(cents(body).reduce((all, line) => all + line, 0)).toBe(subtotal);
    expect(subtotal + fee).toBe(sum);
    expect(sum).toBe(total);

    const why = (await test.api(`/api/calls/${offer.callId}/cost/explanation`)).json as {
      totalCents: number;
      causes: Array<{ service: string; cents: number; share: number; because: string }>;
    };
    expect(why).toMatchObject({ totalCents: total });
    expect(why.causes[0]).toMatchObject({ service: 'Telephone', cents: 65 });
    expect(why.causes[1]).toMatchObject({
      service: 'Voice',
      because: expect.stringContaining('characters a minute'),
    });
    expect(why.causes.reduce((all, { share }) => all + share, 0)).toBeCloseTo(1, 1);
    const costs = (await test.api('/api/user/costs/summary')).json as {
      totalCents: number;
      byPersona: unknown[];
      comparison: {
        vendorCents: number;
        formerCents: { low: number; high: number };
        saved: { low: number; high: number } | null;
      };
      margin: Record<
        'capturedCents' | 'stripeFeeCents' | 'vendorCents' | 'houseCents' | 'marginCents',
        number
      >;
    };
    expect(costs.byPersona).toMatchObject([{ persona: 'brad' }]);
    expect(costs.totalCents).toBeGreaterThanOrEqual(total);
    const { capturedCents, stripeFeeCents, vendorCents, houseCents, marginCents } = costs.margin;
    expect(marginCents).toBe(capturedCents - stripeFeeCents - vendorCents - houseCents);
    expect(houseCents).toBeGreaterThan(0); // the standing lines, made once for all calls
    const { vendorCents: all, formerCents, saved } = costs.comparison;
    expect(saved?.high).toBeCloseTo(1 - all / formerCents.high, 2);
    expect((await marginOf(offer.callId)).vendor_cost_cents).toBeLessThan(30); // a started minute, formerly 30 c
  }, 90_000);

  it('is made under a mandate without asking again, and its payer sees status and receipt', async () => {
    const to = await callee();
    const mandate = (
      await test.api('/api/mandates', {
        method: 'POST',
        body: {
          to,
          displayName: 'Alice',
          payer: { name: 'Carol' },
          perCallCents: 500,
          perMonthCents: 900,
        },
      })
    ).json as { mandateId: string; payUrl: string };
    const question = await (await fetch(mandate.payUrl)).text();
    expect(question).toContain('each call for at most $5.00');
    expect((await payer.press(mandate.payUrl, { answer: 'maybe' })).status).toBe(422);
    const place = () =>
      test.api('/api/calls', {
        method: 'POST',
        body: { to, displayName: 'Alice', mandateId: mandate.mandateId },
      });
    expect(await place()).toMatchObject({ status: 409, json: { type: 'urn:ringback:mandate_unusable' } });

    const { location } = await payer.press(mandate.payUrl, { answer: 'approve' });
    expect((await payer.press(location, { card: '4242424242424242', do: 'pay' })).location).toBe(
      mandate.payUrl,
    );
    await until('the card is known', async () =>
      (await (await fetch(mandate.payUrl)).text()).includes('You approved. Calls'),
    );
    const call = (await place()).json as { id: string; payUrl: string; capCents: number };
    expect(call.capCents).toBe(500);
    await payer.settled(call.id, 'captured');
    const total = await totalOf(call.id);
    expect(await payer.intentOf(call.id)).toMatchObject({ amount: 500, amount_received: total });
    expect(await (await fetch(call.payUrl)).text()).toContain(`$${(total / 100).toFixed(2)}`);

    await payer.press(mandate.payUrl, { answer: 'revoke' });
    expect(await place()).toMatchObject({ status: 409, json: { title: 'The mandate is revoked.' } });
    expect((await fetch(`${mandate.payUrl}x`)).status).toBe(404);
  }, 90_000);

  it('case 35: the carrier’s own price comes later, changes the margin and nothing that was captured', async () => {
    const offer = await payer.offer(await callee());
    await payer.approve(offer);
    await payer.settled(offer.callId, 'captured');
    await until('the fee is booked', async () => (await marginOf(offer.callId)).stripe_fee_cents !== null);
    const { carrierSid } = await sidOf(offer.callId);
    const before = await marginOf(offer.callId);
    expect(before.carrier).toBeNull();
    const sweep = carrierPriceSweep({
      db: test.database.db,
      carrier: twilioCarrier({
        ...credentials,
        phoneNumber: '+15550199',
        apiBaseUrl: test.sandbox.urls.twilio,
        publicBaseUrl: test.app.publicBaseUrl,
      }),
      rateCards: new RateCards(test.database.db, systemClock),
      log: pino({ level: 'silent' }),
    });
    await sweep.run(); // the carrier does not know yet
    expect((await marginOf(offer.callId)).carrier).toBeNull();

    await test.sandbox.price(carrierSid, '-0.21400'); // our list says 0.014 for the started minute
    await Promise.all([sweep.run(), sweep.run()]);
    await sweep.run();

    expect(await marginOf(offer.callId)).toEqual({
      ...before,
      vendor_cost_cents: before.vendor_cost_cents + 20,
      profit_margin_cents: before.profit_margin_cents - 20,
      carrier: { price_micro_cents: '21400000', drift_micro_cents: '20000000' },
    });
    const total = await totalOf(offer.callId);
    expect(await payer.intentOf(offer.callId)).toMatchObject({ amount_received: total });
    expect((await payer.money(offer.callId)).settlement).toMatchObject({ capturedCents: total });
  }, 90_000);

  it('case 10: never answered, it lets the hold go and charges nothing', async () => {
    const offer = await payer.offer(await callee(null));
    await payer.approve(offer);
    await payer.intentIs(offer.callId, 'requires_capture');
    const { carrierSid } = await sidOf(offer.callId);
    await test.sandbox.hangUp(carrierSid);
    await payer.intentIs(offer.callId, 'canceled');
    await payer.settled(offer.callId, 'released');
    expect((await payer.money(offer.callId)).settlement).toMatchObject({ capturedCents: 0, totalCents: 0 });
  }, 90_000);

  it('is not made when the payer declines, and a second answer changes nothing', async () => {
    const offer = await payer.offer(await callee());
    expect(await payer.press(offer.payUrl, { answer: 'decline' })).toMatchObject({ status: 303 });
    expect(await stateOf(offer.callId)).toMatchObject({ state: 'ended', endReason: 'payer-declined' });
    expect((await payer.press(offer.payUrl, { answer: 'approve' })).status).toBe(410);
    expect(await payer.intentOf(offer.callId)).toBeUndefined();
  });

  it('case 8: approved in two tabs, there is one page at Stripe and one hold', async () => {
    const offer = await payer.offer(await callee());
    const tabs = await Promise.all([1, 2].map(() => payer.press(offer.payUrl, { answer: 'approve' })));
    expect(tabs[0]?.location).toBe(tabs[1]?.location);
    await Promise.all(
      tabs.map(({ location }) => payer.press(location, { card: '4242424242424242', do: 'pay' })),
    );
    await payer.settled(offer.callId, 'captured');
    const { intents } = await payer.books();
    expect(intents.filter(({ metadata }) => metadata.call_id === offer.callId)).toHaveLength(1);
  }, 90_000);

  it('case 26: a declined card is told with its reason, nothing is dialled, and another card works', async () => {
    const offer = await payer.offer(await callee());
    const { location } = await payer.press(offer.payUrl, { answer: 'approve' });
    await payer.press(location, { card: '4000000000009995', do: 'pay' });
    await until(
      'the reason is shown',
      async () => (await (await fetch(offer.statusUrl)).text()).includes('insufficient_funds'),
      20_000,
    );
    expect((await stateOf(offer.callId)).state).toBe('planned');
    await payer.press(location, { card: '4242424242424242', do: 'pay' });
    await payer.settled(offer.callId, 'captured');
  }, 90_000);

  it('a card whose bank wants to see its customer goes by the bank’s page', async () => {
    const offer = await payer.offer(await callee());
    const bank = await payer.approve(offer, '4000002760003184');
    expect(bank).toMatch(/^\/c\/bank\//);
    const { location } = await payer.press(new URL(bank, test.sandbox.urls.stripe).href, { do: 'complete' });
    expect(location).toBe(offer.statusUrl);
    await payer.settled(offer.callId, 'captured');
  }, 90_000);

  it('case 24: revoked in mid-call, it says goodbye and is charged until the hang-up', async () => {
    const number = `+${nextNumber++}`;
    await test.sandbox.putCaller(number, {
      answerAfterMs: 50,
      lines: [
        { cue: { after: 'answer', delayMs: 100 }, text: 'Hello?' },
        { cue: { after: 'reply', delayMs: 500 }, text: 'Tell me the story about your friend.' },
      ],
    });
    const offer = await payer.offer(number);
    await payer.approve(offer);
    await until('the call is live', async () => (await stateOf(offer.callId)).state === 'live', 30_000);
    const revokedAt = performance.now();
    await payer.press(offer.statusUrl, { answer: 'revoke' });
    await ended(offer.callId);
    expect(performance.now() - revokedAt).toBeLessThan(26_000); // 10 s, and up to 15 s for the carrier's duration
    expect(await stateOf(offer.callId)).toMatchObject({ endReason: 'approval-revoked' });
    await payer.settled(offer.callId, 'captured');
    expect((await payer.intentOf(offer.callId))?.amount_received).toBe(await totalOf(offer.callId));
  }, 90_000);

  it.each([
    ['a cap that pays no minute', { capCents: 60 }, 'cap_too_small'],
    ['a fraction of a cent', { capCents: 99.5 }, 'invalid'],
    ['a negative cap', { capCents: -500 }, 'invalid'],
    ['another currency', { currency: 'eur' }, 'invalid'],
    ['a payer whom nobody knows', { payer: { id: '00000000-0000-4000-8000-000000000000' } }, 'payer_unknown'],
  ])('refuses %s, and plans no call', async (_name, wrong, code) => {
    const to = await callee();
    const body = { to, displayName: 'Alice', payer: { name: 'Carol' }, ...wrong };
    const { json } = await test.api('/api/approvals', { method: 'POST', body });
    expect(json).toMatchObject({ type: `urn:ringback:${code}` });
    const { calls } = (await test.api('/api/calls?limit=200')).json as { calls: Array<{ toNumber: string }> };
    expect(calls.filter(({ toNumber }) => toNumber === to)).toEqual([]);
  });

  it('case 27: a link that is unknown, used up or only looked at asks nothing of Stripe', async () => {
    const offer = await payer.offer(await callee());
    for (let look = 0; look < 3; look++) expect((await fetch(offer.payUrl)).status).toBe(200);
    const wrong = `${offer.payUrl.slice(0, -4)}AAAA`;
    expect((await fetch(wrong)).status).toBe(404);
    expect((await payer.press(wrong, { answer: 'approve' })).status).toBe(404);
    expect((await payer.press(offer.payUrl, { answer: 'maybe' })).status).toBe(422);
    expect(await payer.intentOf(offer.callId)).toBeUndefined();
    expect(
      (await payer.books()).sessions.filter(({ metadata }) => metadata.call_id === offer.callId),
    ).toEqual([]);
    expect((await stateOf(offer.callId)).state).toBe('planned');
  });
});

// By itself: a fault hits whoever asks next.
describe('a payer whose page does not come', () => {
  it('says what to do when Stripe does not answer, and pressing again leads on', async () => {
    const offer = await payer.offer(await callee());
    await test.sandbox.fault({
      vendor: 'stripe',
      kind: 'status',
      status: 503,
      path: '/v1/checkout/sessions',
    });
    const response = await fetch(offer.payUrl, {
      method: 'POST',
      body: new URLSearchParams({ answer: 'approve' }),
    });
    expect(response.status).toBe(502);
    expect(await response.text()).toContain('press the button again');
    expect((await payer.press(offer.payUrl, { answer: 'approve' })).location).toContain('/c/pay/');
    await payer.press(offer.statusUrl, { answer: 'revoke' });
    expect(await stateOf(offer.callId)).toMatchObject({ state: 'ended', endReason: 'approval-revoked' });
  });
});

async function sidOf(callId: string): Promise<{ carrierSid: string }> {
  let carrierSid = '';
  await until('the call was dialled', async () => {
    carrierSid =
      ((await test.api(`/api/calls/${callId}`)).json as { carrierSid: string | null }).carrierSid ?? '';
    return carrierSid !== '';
  });
  return { carrierSid };
}
