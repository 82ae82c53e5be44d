import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unblockPayer } from '../server/payments/payers.ts';
import { listPayers, listPayments } from '../server/payments/payments-list.ts';
import { closeDispute, dispute, refund } from '../server/sandbox/stripe/give-back.ts';
import { MoneyHouse, SYSTEM } from './money-house.ts';

/** Money that goes back, by our doing or by others'. Read from Stripe's own record. */

let house: MoneyHouse;
beforeAll(async () => {
  house = await MoneyHouse.open();
});
afterAll(() => house?.close());

const BILL = 341;

describe('refunds and disputes', () => {
  it('case 15: a double click gives back once, and never more than was captured', async () => {
    const { callId } = await house.heldCall();
    await house.end(callId, BILL);
    await house.settleAtLast(callId);
    const id = crypto.randomUUID();
    const ask = (amountCents: number, refundId = id) =>
      house.payments.refunds.request(
        { kind: 'system', purpose: 'test' },
        { id: refundId, callId, amountCents, reason: 'test' },
      );
    await Promise.all([ask(200), ask(200)]);
    house.fault({ kind: 'lost-answer', path: '/refunds' });
    await house.run('refund', { refundId: id }).catch(() => undefined);
    await Promise.all([house.run('refund', { refundId: id }), house.run('refund', { refundId: id })]);
    await expect(ask(BILL - 199, crypto.randomUUID())).rejects.toMatchObject({ code: 'refund_too_large' });
    const { id: intentId } = house.intentOf(callId);
    const given = [...house.stripe.ledger.refunds.values()].filter(
      ({ payment_intent }) => payment_intent === intentId,
    );
    expect(given).toMatchObject([{ amount: 200 }]);
    expect(await house.settlement(callId)).toMatchObject({ refundedCents: 200 });
  });

  it.each(['failed-saved', 'failed-answer'] as const)(
    'case 15: a refund that Stripe answers with a remembered 500 (%s) is given back once',
    async (kind) => {
      const { callId } = await house.heldCall();
      await house.end(callId, BILL);
      await house.settleAtLast(callId);
      const id = crypto.randomUUID();
      await house.payments.refunds.request(SYSTEM, { id, callId, amountCents: 100, reason: 'test' });
      house.fault({ kind, path: '/refunds' });
      await expect(house.run('refund', { refundId: id })).rejects.toThrow();
      await house.run('refund', { refundId: id });
      expect(house.refundsOf(callId)).toMatchObject([{ amount: 100 }]);
      await house.run('refund', { refundId: id });
      expect(house.refundsOf(callId)).toHaveLength(1);
    },
  );

  it('is counted with its payer: what is held now, and what was paid less what went back', async () => {
    const { callId } = await house.heldCall({ capCents: 500 });
    const { db } = house.database;
    const payer = async () => {
      const [payment] = await listPayments(db, SYSTEM, { callId });
      const [found] = await listPayers(db, SYSTEM, { payerId: payment?.payerId ?? '' });
      return found;
    };
    expect(await payer()).toMatchObject({ heldCents: 500, paidCents: 0 });
    await house.end(callId, BILL);
    await house.settleAtLast(callId);
    expect(await payer()).toMatchObject({ heldCents: 0, paidCents: BILL });
    const id = crypto.randomUUID();
    await house.payments.refunds.request(SYSTEM, { id, callId, amountCents: 200, reason: 'test' });
    await house.run('refund', { refundId: id });
    expect(await payer()).toMatchObject({ heldCents: 0, paidCents: BILL - 200 });
  });

  it('a refund that Stripe refuses sets nothing aside any more, and a person is told', async () => {
    const { callId } = await house.heldCall();
    await house.end(callId, BILL);
    await house.settleAtLast(callId);
    const charge = house.stripe.ledger.charges.get(house.intentOf(callId).latest_charge ?? '');
    if (charge === undefined) throw new Error('there is no charge');
    refund(house.stripe.ledger, charge, undefined, { reason: null, metadata: {} }); // by hand, in the dashboard
    const id = crypto.randomUUID();
    await house.payments.refunds.request(SYSTEM, { id, callId, amountCents: 100, reason: 'test' });
    await house.run('refund', { refundId: id });
    expect(await house.settlement(callId)).toMatchObject({ refundedCents: 0 });
    expect(await house.alerts(callId)).toContain('refund-refused');
  });

  it('a refund’s id belongs to one call and one amount', async () => {
    const { callId } = await house.heldCall();
    await house.end(callId, BILL);
    await house.settleAtLast(callId);
    const id = crypto.randomUUID();
    const ask = (amountCents: number) =>
      house.payments.refunds.request(SYSTEM, { id, callId, amountCents, reason: 'test' });
    await ask(100);
    await expect(ask(50)).rejects.toMatchObject({ code: 'refund_differs' });
  });

  /** A call that was captured, and its charge at Stripe. */
  async function capturedCall() {
    const { callId, intentId } = await house.heldCall();
    await house.end(callId, BILL);
    await house.settleAtLast(callId);
    const charge = house.stripe.ledger.charges.get(house.intentOf(callId).latest_charge ?? '');
    if (charge === undefined) throw new Error('there is no charge');
    return { callId, intentId, charge, payerId: (await house.hold(callId))?.payerId ?? '' };
  }

  it('a refund made by hand at Stripe is on our books, once, and leaves that much less to give back', async () => {
    const { callId, intentId, charge } = await capturedCall();
    refund(house.stripe.ledger, charge, 100, { reason: null, metadata: {} });
    for (let times = 0; times < 2; times++) await house.run('observe-refunds', { intentId });
    expect(await house.settlement(callId)).toMatchObject({ refundedCents: 100 });
    const ask = (amountCents: number) =>
      house.payments.refunds.request(SYSTEM, {
        id: crypto.randomUUID(),
        callId,
        amountCents,
        reason: 'test',
      });
    await expect(ask(BILL - 99)).rejects.toMatchObject({ code: 'refund_too_large' });
    await ask(BILL - 100);
    await house.work();
    await house.run('observe-refunds', { intentId });
    expect(await house.settlement(callId)).toMatchObject({ refundedCents: BILL });
    expect(house.refundsOf(callId).map(({ amount }) => amount)).toEqual([100, BILL - 100]);
  });

  it('a refund that comes back is money of ours again, and a person is told', async () => {
    const { callId, intentId } = await capturedCall();
    const id = crypto.randomUUID();
    await house.payments.refunds.request(SYSTEM, { id, callId, amountCents: 100, reason: 'test' });
    await house.run('refund', { refundId: id });
    const [made] = house.refundsOf(callId);
    if (made === undefined) throw new Error('there is no refund');
    made.status = 'failed';
    for (let times = 0; times < 2; times++) await house.run('observe-refunds', { intentId });
    expect(await house.settlement(callId)).toMatchObject({ refundedCents: 0 });
    expect(await house.alerts(callId)).toContain('refund-failed');
  });

  it('a payment that is taken for fraud goes back once, and the payer’s other calls end', async () => {
    const { callId, intentId, payerId } = await capturedCall();
    const live = await house.heldCall({ payerId });
    const waiting = await house.offer({ payerId });
    for (let times = 0; times < 2; times++) await house.run('fraud-warning', { intentId });
    await house.work();
    await house.work();
    expect(house.refundsOf(callId)).toMatchObject([{ amount: BILL }]);
    expect(await house.settlement(callId)).toMatchObject({ refundedCents: BILL });
    expect(house.revoked).toContain(live.callId);
    expect(await house.call(waiting.callId)).toMatchObject({ state: 'ended', endReason: 'payer-blocked' });
    await expect(house.offer({ payerId })).rejects.toMatchObject({ code: 'payer_blocked' });
    await expect(
      house.payments.approvals.approve(waiting.token, { from: 'test', savesCard: false }),
    ).rejects.toMatchObject({ code: 'approval_over' });
  });

  it.each(['won', 'lost'] as const)(
    'a dispute of which no event told is found, and that it was %s',
    async (end) => {
      const { callId, charge } = await capturedCall();
      const opened = dispute(house.stripe.ledger, charge);
      await house.sweep();
      await house.work();
      const found = async () =>
        (await house.payments.disputes.list(SYSTEM)).find(({ id }) => id === opened.id);
      expect(await found()).toMatchObject({ state: 'open', amountCents: BILL, feeCents: 1_500 });
      closeDispute(house.stripe.ledger, opened, end);
      await house.sweep();
      await house.work();
      expect(await found()).toMatchObject({ state: end, closedAt: expect.any(Date) });
      expect(await house.alerts(callId)).toEqual(['dispute', `dispute-${end}`]);
    },
  );

  it('case 16: a dispute blocks the payer and tells a person, and a call of theirs goes on to its end', async () => {
    const first = await capturedCall();
    const { payerId } = first;
    const second = await house.heldCall({ payerId });
    const { id: disputeId } = dispute(house.stripe.ledger, first.charge);
    for (let times = 0; times < 2; times++) await house.run('dispute', { disputeId });
    await expect(house.offer({ payerId })).rejects.toMatchObject({ code: 'payer_blocked' });
    expect(await house.alerts(first.callId)).toEqual(['dispute']);
    const [{ evidence } = { evidence: null }] = await house.payments.disputes.list(SYSTEM);
    expect(evidence).toMatchObject({
      approval: { agreedTo: 'Brad calls Alice.', capCents: 1_000, agreedFrom: 'test' },
      bill: { totalCents: BILL },
      settlement: { capturedCents: BILL },
    });
    expect(JSON.stringify(evidence)).not.toContain('+1555');
    await unblockPayer(house.database.db, SYSTEM, payerId);
    await house.offer({ payerId });
    await house.end(second.callId, BILL);
    await house.settleAtLast(second.callId);
    expect(house.intentOf(second.callId)).toMatchObject({ status: 'succeeded', amount_received: BILL });
  });
});
