import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { nextAttempt } from '../server/payments/saved-card.ts';
import { asOwner } from './as-owner.ts';
import { MoneyHouse } from './money-house.ts';

/** The acceptance cases about money, with their numbers. What was captured is always read from Stripe's books. */

let house: MoneyHouse;
beforeAll(async () => {
  house = await MoneyHouse.open();
});
afterAll(() => house?.close());
beforeEach(() => house.clearFaults());

const BILL = 341;

/** Captured once, for this much, and our books say the same. */
async function expectCaptured(callId: string, cents: number): Promise<void> {
  expect(house.intentOf(callId)).toMatchObject({ status: 'succeeded', amount_received: cents });
  expect(await house.settlement(callId)).toMatchObject({ state: 'captured', capturedCents: cents });
  expect(await house.hold(callId)).toMatchObject({ state: 'captured', live: false });
}

describe('settlement', () => {
  it('case 1: a bill that was frozen before a crash is captured once after it', async () => {
    const { callId } = await house.heldCall();
    await house.end(callId, BILL); // and the process that did it is gone; its job is in the database
    await house.work();
    await expectCaptured(callId, BILL);
  });

  it('case 1: also when the job itself was lost', async () => {
    const { callId } = await house.heldCall();
    await house.end(callId, BILL);
    await house.database.db.as({ kind: 'system', purpose: 'test' }, async (tx) => {
      await tx.execute('delete from graphile_worker._private_jobs');
      await tx.execute(
        `update settlements set created_at = now() - interval '3 minutes' where call_id = '${callId}'`,
      );
    });
    await house.sweep();
    await house.work();
    await expectCaptured(callId, BILL);
  });

  it.each([
    ['2', 'lost-answer', 'the answer to a capture is lost'],
    ['3', 'failed-answer', 'a capture happened and is answered with a 500'],
    ['4', 'failed-saved', 'a capture did not happen and is answered with a 500 under its key'],
  ] as const)('case %s (%s): %s: charged once', async (_case, kind, _what) => {
    const { callId } = await house.heldCall();
    await house.end(callId, BILL);
    // The SDK itself asks once more, under the same key, when a kept connection breaks.
    house.fault({ kind, path: '/capture', times: kind === 'lost-answer' ? 2 : 1 });
    const before = house.journal.entries('stripe').length;
    expect(await house.settleAtLast(callId)).toBe(2);
    await expectCaptured(callId, BILL);
    const asked = house.requests(before).map((request) => request.replace(/pi_[0-9a-f]+/, 'pi'));
    const captures = asked.filter((request) => request.endsWith('/capture'));
    expect(captures).toHaveLength(kind === 'failed-answer' ? 1 : 2);
    expect(asked[0]).toBe('GET /v1/payment_intents/pi');
    const keys = new Set(house.keysOf('/capture', before));
    expect(keys.size).toBe(kind === 'failed-saved' ? 2 : 1); // a new key only after a certain failure
  });

  it('keeps a fee that Stripe told before the capture was booked', async () => {
    const { callId } = await house.heldCall();
    await house.end(callId, BILL);
    await asOwner(house.database, `update settlements set stripe_fee_cents = 40 where call_id = '${callId}'`);
    await house.settleAtLast(callId); // Stripe's answer to the capture itself has no fee yet
    expect(await house.settlement(callId)).toMatchObject({ state: 'captured', stripeFeeCents: 40 });
  });

  it('case 21: an instance whose clock is ten minutes slow or fast keeps the payer’s window', async () => {
    for (const offMs of [-600_000, 600_000]) {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + offMs });
      try {
        const { callId } = await house.heldCall({ validMs: 300_000 });
        expect(await house.hold(callId)).toMatchObject({ state: 'held' });
        await house.end(callId, BILL);
        await house.settleAtLast(callId);
        await expectCaptured(callId, BILL);
      } finally {
        vi.useRealTimers();
      }
    }
  });

  it('case 5: two workers at once freeze, capture and book one amount', async () => {
    const { callId } = await house.heldCall();
    await Promise.all([house.end(callId, BILL), house.end(callId, BILL + 100)]);
    await Promise.allSettled([house.settle(callId), house.settle(callId), house.settle(callId)]);
    await house.settleAtLast(callId);
    const total = (await house.settlement(callId))?.totalCents ?? 0;
    expect([BILL, BILL + 100]).toContain(total);
    await expectCaptured(callId, total);
  });

  it('case 6: a worker that was paused while another took over changes nothing', async () => {
    const { callId } = await house.heldCall();
    await house.end(callId, BILL);
    house.fault({ kind: 'slow', path: '/capture', delayMs: 400 });
    const paused = house.settle(callId);
    await house.settleAtLast(callId);
    const booked = await house.settlement(callId);
    await paused.catch(() => undefined);
    expect(await house.settlement(callId)).toEqual(booked);
    await expectCaptured(callId, BILL);
  });

  it('case 11: a bill below 50 cents is waived and the hold let go', async () => {
    const { callId } = await house.heldCall();
    await house.end(callId, 49);
    await house.settleAtLast(callId);
    expect(house.intentOf(callId)).toMatchObject({ status: 'canceled', amount_received: 0 });
    expect(await house.settlement(callId)).toMatchObject({
      state: 'released',
      capturedCents: 0,
      writtenOffCents: 49,
    });
  });

  it('case 12: a bill above the hold takes the hold exactly, writes off the rest and tells somebody', async () => {
    const { callId } = await house.heldCall({ capCents: 500 });
    await house.end(callId, 620);
    await house.settleAtLast(callId);
    await expectCaptured(callId, 500);
    expect(await house.settlement(callId)).toMatchObject({ totalCents: 620, writtenOffCents: 120 });
    expect(await house.alerts(callId)).toEqual(['hold-too-small']);
  });

  it('never books a fraction: whatever is frozen is captured to the cent or written off', async () => {
    for (const total of [0, 1, 50, 51, 999, 1_000, 1_001]) {
      const { callId } = await house.heldCall();
      await house.end(callId, total);
      await house.settleAtLast(callId);
      const { capturedCents = 0, writtenOffCents = 0 } = (await house.settlement(callId)) ?? {};
      expect(capturedCents + writtenOffCents).toBe(total);
      expect(house.intentOf(callId).amount_received).toBe(capturedCents);
    }
  });
});

describe('holds', () => {
  it('case 7: when the answer to making the page is lost, the same page comes again and there is one hold', async () => {
    const { callId, token } = await house.offer();
    const approve = () => house.payments.approvals.approve(token, { from: 'test', savesCard: false });
    house.fault({ kind: 'lost-answer', path: '/checkout/sessions', times: 2 });
    await expect(approve()).rejects.toThrow();
    const { checkoutUrl } = await approve();
    const sessions = [...house.stripe.ledger.sessions.values()].filter(
      ({ metadata }) => metadata.call_id === callId,
    );
    expect(sessions.map(({ url }) => url)).toEqual([checkoutUrl]);
    await house.payAt(checkoutUrl);
    expect(house.intentOf(callId).status).toBe('requires_capture');
  });

  it.each(['failed-saved', 'failed-answer'] as const)(
    'a page that Stripe fails to make (%s) is made under another key, and there is one hold',
    async (kind) => {
      const { callId, token } = await house.offer();
      const approve = () => house.payments.approvals.approve(token, { from: 'test', savesCard: false });
      house.fault({ kind, path: '/checkout/sessions' });
      await expect(approve()).rejects.toMatchObject({ code: 'checkout_failed' });
      await house.payAt((await approve()).checkoutUrl);
      await house.run('observe-intent', { intentId: house.intentOf(callId).id });
      await house.work();
      expect(house.dialled.filter((id) => id === callId)).toHaveLength(1);
      await house.end(callId, BILL);
      await house.settleAtLast(callId);
      expect(house.intentOf(callId)).toMatchObject({ status: 'succeeded', amount_received: BILL });
    },
  );

  it('case 14: money that was taken instead of held goes back, and the call is never made', async () => {
    const { callId, token } = await house.offer();
    await house.payments.approvals.approve(token, { from: 'test', savesCard: false });
    const hold = await house.hold(callId);
    const { ledger } = house.stripe;
    const metadata = { call_id: callId, hold_id: hold?.id ?? '' };
    const intent = ledger.newIntent({
      amount: 1_000,
      currency: 'usd',
      capture_method: 'automatic',
      metadata,
    });
    ledger.authorise(
      intent,
      { brand: 'visa', last4: '4242', decline: null, authentication: 'never', failsOnCharge: false },
      false,
    );
    await house.run('observe-intent', { intentId: intent.id });
    await house.work();
    expect(
      [...ledger.refunds.values()].filter(({ payment_intent }) => payment_intent === intent.id),
    ).toMatchObject([{ amount: 1_000 }]);
    expect(house.dialled).not.toContain(callId);
    expect(await house.call(callId)).toMatchObject({ state: 'ended' });
    expect(await house.alerts(callId)).toContain('taken-instead-of-held');
  });

  it('case 23: approved after the window, the hold is let go at once and nobody is rung', async () => {
    const { callId, token } = await house.offer();
    const { checkoutUrl } = await house.payments.approvals.approve(token, { from: 'test', savesCard: false });
    await asOwner(house.database, `update approvals set valid_until = now() where call_id = '${callId}'`);
    await house.payAt(checkoutUrl);
    const { id: intentId } = house.intentOf(callId);
    await house.run('observe-intent', { intentId });
    await house.work();
    expect(house.intentOf(callId).status).toBe('canceled');
    expect(house.dialled).not.toContain(callId);
    expect(await house.call(callId)).toMatchObject({ state: 'ended' });
    expect((await house.hold(callId))?.live).toBe(false);
  });

  it('begins no other attempt for a call that has been given up', async () => {
    const { callId, token } = await house.offer();
    await house.payments.approvals.approve(token, { from: 'test', savesCard: false });
    const hold = await house.hold(callId);
    if (hold === undefined) throw new Error('there is no hold');
    await house.payments.approvals.revoke({ token: token });
    expect(await nextAttempt(house.database.db, hold, null)).toBeNull();
    await house.settleAtLast(callId);
    expect((await house.hold(callId))?.live).toBe(false);
  });

  it('lets a hold go whose call was given up while the payer typed', async () => {
    const { callId, token } = await house.offer();
    const { checkoutUrl } = await house.payments.approvals.approve(token, { from: 'test', savesCard: false });
    await house.payments.approvals.revoke({ token: token });
    await house.payAt(checkoutUrl); // too late by a moment, before the page was closed
    await house.work();
    expect(house.intentOf(callId).status).toBe('canceled');
    expect(house.dialled).not.toContain(callId);
  });

  it('a call is dialled once, however often its hold is looked at', async () => {
    const { callId, intentId } = await house.heldCall();
    await Promise.all([1, 2, 3].map(() => house.run('observe-intent', { intentId })));
    await house.work();
    await house.run('dial-approved-call', { callId });
    expect(house.dialled.filter((id) => id === callId)).toHaveLength(1);
  });

  it.each([
    ['the time of the approval is over', "valid_until = now() - interval '1 minute'"],
    ['the payer has taken it back', "state = 'revoked', revoked_at = now()"],
  ])('a call under way keeps its hold when %s: what was talked is captured', async (_why, change) => {
    const { callId, intentId } = await house.heldCall();
    await asOwner(house.database, `update approvals set ${change} where call_id = '${callId}'`);
    await house.run('observe-intent', { intentId });
    expect(await house.hold(callId)).toMatchObject({ state: 'held' });
    await house.end(callId, BILL);
    await house.settleAtLast(callId);
    await expectCaptured(callId, BILL);
  });
});

describe('a card that the payer left', () => {
  /** A payer who has paid once and ticked that their card may be kept. */
  async function payerWith(card: string): Promise<string> {
    const { callId, token } = await house.offer();
    await house.pay(token, card, true);
    await house.run('observe-intent', { intentId: house.intentOf(callId).id });
    return (await house.hold(callId))?.payerId ?? '';
  }
  const approve = (token: string) =>
    house.payments.approvals.approve(token, { from: 'test', savesCard: false });

  it('is used for the next call that they approve, without another page', async () => {
    const payerId = await payerWith('4242424242424242');
    const { callId, token } = await house.offer({ payerId });
    const { checkoutUrl } = await approve(token);
    expect(checkoutUrl).toContain('/pay/status/');
    await house.work();
    expect(await house.hold(callId)).toMatchObject({ state: 'held', live: true });
    expect(house.dialled).toContain(callId);
    await house.end(callId, BILL);
    await house.settleAtLast(callId);
    await expectCaptured(callId, BILL);
  });

  it('is asked for under one key, also when the answer is lost', async () => {
    const payerId = await payerWith('4242424242424242');
    const { callId, token } = await house.offer({ payerId });
    house.fault({ kind: 'lost-answer', path: '/payment_intents', times: 2 });
    await expect(approve(token)).rejects.toThrow();
    await approve(token);
    await house.work();
    expect(house.intentOf(callId).status).toBe('requires_capture');
    expect(await house.hold(callId)).toMatchObject({ state: 'held' });
  });

  it('case 25: whose bank wants to see its customer, it is not dialled for until they have been there, on the same intent', async () => {
    const payerId = await payerWith('4000002760003184');
    const { callId, token } = await house.offer({ payerId });
    const { checkoutUrl: bankUrl } = await approve(token);
    await house.work();
    expect(house.dialled).not.toContain(callId);
    expect(house.intentsOf(callId).map(({ status }) => status)).toEqual(['requires_action']);
    expect((await approve(token)).checkoutUrl).toBe(bankUrl); // another tab

    expect(await house.atBank(bankUrl, 'fail')).toContain('/pay/status/');
    await house.work();
    expect(house.intentOf(callId).status).toBe('requires_payment_method');
    expect(house.dialled).not.toContain(callId);

    await house.atBank((await approve(token)).checkoutUrl, 'complete');
    await house.run('observe-intent', { intentId: house.intentOf(callId).id });
    await house.work();
    expect(house.dialled.filter((id) => id === callId)).toHaveLength(1);
    expect(house.intentsOf(callId).map(({ status }) => status)).toEqual(['requires_capture']);
    await house.end(callId, BILL);
    await house.settleAtLast(callId);
    await expectCaptured(callId, BILL);
  });

  it('whose bank is not convinced can be changed for another, and one hold comes of it', async () => {
    const payerId = await payerWith('4000002760003184');
    const { callId, token } = await house.offer({ payerId });
    await house.atBank((await approve(token)).checkoutUrl, 'fail');
    const { checkoutUrl } = await house.payments.approvals.useOtherCard(token, 'test');
    await house.payAt(checkoutUrl);
    for (const { id: intentId } of house.intentsOf(callId)) await house.run('observe-intent', { intentId });
    await house.work();
    expect(house.intentsOf(callId).map(({ status }) => status)).toEqual(['canceled', 'requires_capture']);
    expect(house.dialled.filter((id) => id === callId)).toHaveLength(1);
    expect(await house.alerts(callId)).toEqual([]);
  });

  it('that waits for a bank until the time is over is let go', async () => {
    const payerId = await payerWith('4000002760003184');
    const { callId, token } = await house.offer({ payerId });
    await approve(token);
    await asOwner(house.database, `update approvals set valid_until = now() where call_id = '${callId}'`);
    await house.sweep();
    await house.settleAtLast(callId);
    expect(house.intentsOf(callId).map(({ status }) => status)).toEqual(['canceled']);
    expect(await house.call(callId)).toMatchObject({ state: 'ended', endReason: 'approval-expired' });
  });
});

// Last, because it sets Stripe's clock for good.
describe('a hold that runs out', () => {
  it('case 13: a hold that Stripe let go before the capture is a loss, never a new charge', async () => {
    const { callId } = await house.heldCall();
    await house.end(callId, BILL);
    house.stripe.ledger.advance(8 * 86_400);
    await house.settleAtLast(callId);
    expect(house.intentOf(callId)).toMatchObject({ status: 'canceled', cancellation_reason: 'automatic' });
    expect(await house.settlement(callId)).toMatchObject({
      state: 'hold_lost',
      capturedCents: 0,
      writtenOffCents: BILL,
    });
    expect(await house.alerts(callId)).toEqual(['hold-lost']);
  });
});
