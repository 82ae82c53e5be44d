import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asOwner } from './as-owner.ts';
import { MoneyHouse } from './money-house.ts';

/** A payer's yes to many calls, on Stripe's own record. */

let house: MoneyHouse;
beforeAll(async () => {
  house = await MoneyHouse.open();
});
afterAll(() => house?.close());

const BILL = 341;
const ALWAYS_ASKS = '4000002760003184';

/** The call is held, dialled, over, and settled. */
async function carriedOut(callId: string, totalCents: number): Promise<void> {
  await house.work();
  await house.run('observe-intent', { intentId: house.intentOf(callId).id });
  await house.work();
  expect(house.dialled).toContain(callId);
  await house.end(callId, totalCents);
  await house.settleAtLast(callId);
}

describe('a mandate', () => {
  it('is given once, with a card, and pays for calls that nobody is asked about again', async () => {
    const given = await house.mandate();
    expect((await house.payments.mandates.view(given.token)).mandate.state).toBe('approved');
    for (const cents of [BILL, BILL + 1]) {
      const { callId, capCents } = await house.callUnder(given);
      expect(capCents).toBe(1_000);
      await carriedOut(callId, cents);
      expect(house.intentsOf(callId)).toMatchObject([{ status: 'succeeded', amount_received: cents }]);
    }
    expect((await house.payments.mandates.view(given.token)).spentCents).toBe(2 * BILL + 1);
  });

  it('finds the card that was left also when no event tells of it', async () => {
    const given = await house.mandate({ card: null });
    const { url } = await house.payments.mandates.approve(given.token, 'test');
    await house.payAt(url);
    await expect(house.callUnder(given)).rejects.toMatchObject({ code: 'mandate_unusable' });
    await house.sweep();
    await house.work();
    await carriedOut((await house.callUnder(given)).callId, BILL);
  });

  it('gives the same page of Stripe’s again, and a new one when that has run out', async () => {
    const given = await house.mandate({ card: null, validMs: 7 * 24 * 3_600_000 });
    const open = async () => (await house.payments.mandates.approve(given.token, 'test')).url;
    const first = await open();
    expect(await open()).toBe(first);
    house.stripe.ledger.advance(25 * 3_600);
    const second = await open();
    expect(second).not.toBe(first);
    await house.payAt(second);
    await house.sweep();
    await house.work();
    await expect(house.callUnder(given)).resolves.toMatchObject({ capCents: 1_000 });
  });

  it('never pays for more than its month, also when calls begin at once', async () => {
    const given = await house.mandate({ perCallCents: 600, perMonthCents: 1_000 });
    const tries = await Promise.allSettled([1, 2, 3].map(() => house.callUnder(given)));
    const caps = tries.flatMap((result) => (result.status === 'fulfilled' ? [result.value.capCents] : []));
    expect(caps.sort((a, b) => b - a)).toEqual([600, 400]);
    for (const result of tries)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'budget_exhausted' });
  });

  it('whatever its calls cost, takes no more than was agreed for a call and for a month', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 300, max: 900 }),
        fc.integer({ min: 900, max: 2_000 }),
        fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 5 }),
        async (perCallCents, perMonthCents, bills) => {
          const given = await house.mandate({ perCallCents, perMonthCents });
          const callIds: string[] = [];
          for (const bill of bills) {
            const placed = await house.callUnder(given).catch(() => null);
            if (placed === null) break; // what is left would not pay for a call
            await carriedOut(placed.callId, bill);
            callIds.push(placed.callId);
          }
          const taken = callIds.map((callId) => house.intentOf(callId).amount_received);
          expect(Math.max(0, ...taken)).toBeLessThanOrEqual(perCallCents);
          expect(taken.reduce((sum, cents) => sum + cents, 0)).toBeLessThanOrEqual(perMonthCents);
        },
      ),
      { numRuns: 12 },
    );
  }, 60_000);

  it.each([
    ['that was not answered', async () => house.mandate({ card: null }), 'offered'],
    [
      'that was declined',
      async () => {
        const given = await house.mandate({ card: null });
        await house.payments.mandates.decline(given.token, 'test');
        return given;
      },
      'declined',
    ],
    [
      'that was taken back',
      async () => {
        const given = await house.mandate();
        await house.payments.mandates.revoke({ token: given.token });
        return given;
      },
      'revoked',
    ],
    [
      'that has run out',
      async () => {
        const given = await house.mandate();
        await asOwner(
          house.database,
          `update mandates set valid_until = now() where id = '${given.mandateId}'`,
        );
        return given;
      },
      'run out',
    ],
    [
      'that is for somebody else',
      async () => ({ ...(await house.mandate()), callee: '+15553999999' }),
      'somebody else',
    ],
    [
      'that does not exist',
      async () => ({ callee: '+15553999998', mandateId: crypto.randomUUID() }),
      'no such',
    ],
  ])('%s pays for nothing, and nothing is asked of Stripe', async (_name, give, why) => {
    const given = await give();
    const before = house.requests().length;
    await expect(house.callUnder(given)).rejects.toMatchObject({
      code: 'mandate_unusable',
      message: expect.stringContaining(why),
    });
    await house.work();
    expect(house.requests().length).toBe(before);
  });

  it('case 25: whose bank wants to see the payer, the call waits for them, and goes out on the same intent', async () => {
    const given = await house.mandate({ card: ALWAYS_ASKS });
    const { callId, token } = await house.callUnder(given);
    await house.work();
    expect(house.dialled).not.toContain(callId);
    expect(await house.alerts(callId)).toEqual(['payer-needed']);
    const { checkoutUrl } = await house.payments.approvals.approve(token, { from: 'test', savesCard: false });
    await house.atBank(checkoutUrl, 'complete');
    await carriedOut(callId, BILL);
    expect(house.intentsOf(callId)).toMatchObject([{ status: 'succeeded', amount_received: BILL }]);
  });

  it('whose card is refused makes no call, and somebody is told', async () => {
    const given = await house.mandate({ card: '4000000000000341' });
    const { callId } = await house.callUnder(given);
    await house.work();
    expect(house.dialled).not.toContain(callId);
    expect(await house.call(callId)).toMatchObject({ state: 'ended', endReason: 'card-refused' });
    expect(await house.alerts(callId)).toContain('card-refused');
    await house.settleAtLast(callId);
    expect(house.intentsOf(callId).map(({ status }) => status)).toEqual(['canceled']);
  });

  it.each(['failed-saved', 'failed-answer'] as const)(
    'whose card is refused makes no call also when Stripe answers with a 500 (%s)',
    async (kind) => {
      const given = await house.mandate({ card: '4000000000000341' });
      const { callId } = await house.callUnder(given);
      house.fault({ kind, path: '/payment_intents' });
      await house.run('hold-on-saved-card', { callId }).catch(() => undefined);
      await house.run('hold-on-saved-card', { callId }).catch(() => undefined);
      expect(await house.call(callId)).toMatchObject({ state: 'ended', endReason: 'card-refused' });
    },
  );

  it('makes no call when its intent is canceled at Stripe while it waits', async () => {
    const given = await house.mandate({ card: ALWAYS_ASKS });
    const { callId } = await house.callUnder(given);
    await house.run('hold-on-saved-card', { callId });
    const intent = house.intentOf(callId);
    house.stripe.ledger.cancel(intent, 'abandoned');
    await house.run('observe-intent', { intentId: intent.id });
    await asOwner(
      house.database,
      `update calls set created_at = now() - interval '1 hour' where id = '${callId}'`,
    );
    await house.sweep();
    await house.work();
    expect(await house.call(callId)).toMatchObject({ state: 'ended', endReason: 'hold-unusable' });
  });

  it('taken back lets go of a call that waits, and has a live one say goodbye', async () => {
    const given = await house.mandate();
    const waiting = await house.callUnder(given);
    const live = await house.callUnder(given);
    await house.run('hold-on-saved-card', { callId: live.callId });
    await house.run('observe-intent', { intentId: house.intentOf(live.callId).id });
    await house.run('dial-approved-call', { callId: live.callId });
    await house.payments.mandates.revoke({ token: given.token });
    expect(house.revoked).toContain(live.callId);
    expect(await house.call(waiting.callId)).toMatchObject({ state: 'ended', endReason: 'approval-revoked' });
    await house.end(live.callId, BILL);
    await house.work();
    await house.settleAtLast(live.callId);
    expect(house.intentOf(live.callId).amount_received).toBe(BILL);
    expect(house.intentsOf(waiting.callId).filter(({ status }) => status !== 'canceled')).toEqual([]);
  });

  it.each(['failed-saved', 'failed-answer'] as const)(
    'a hold that Stripe answers with a remembered 500 (%s) is looked for, and there is one in the end',
    async (kind) => {
      const given = await house.mandate();
      const { callId } = await house.callUnder(given);
      house.fault({ kind, path: '/payment_intents' });
      await house.run('hold-on-saved-card', { callId }).catch(() => undefined);
      await carriedOut(callId, BILL);
      expect(house.intentsOf(callId)).toMatchObject([{ status: 'succeeded', amount_received: BILL }]);
      expect(await house.alerts(callId)).toEqual([]);
    },
  );

  it.each(['failed-saved', 'failed-answer'] as const)(
    'lets a hold go that is found after the end, also when Stripe remembers its own failure (%s)',
    async (kind) => {
      const given = await house.mandate();
      const { callId } = await house.callUnder(given);
      house.fault({ kind: 'lost-answer', path: '/payment_intents', times: 2 });
      await expect(house.run('hold-on-saved-card', { callId })).rejects.toThrow();
      await house.payments.mandates.revoke({ token: given.token });
      await house.settleAtLast(callId); // of what is held at Stripe nobody knows yet
      const { id: intentId, status } = house.intentOf(callId);
      expect(status).toBe('requires_capture');
      house.fault({ kind, path: '/cancel' });
      await expect(house.run('observe-intent', { intentId })).rejects.toThrow();
      await house.run('observe-intent', { intentId });
      expect(house.intentOf(callId).status).toBe('canceled');
    },
  );

  it('asks Stripe again under the same key when the answer is lost or the job is', async () => {
    const given = await house.mandate();
    const { callId } = await house.callUnder(given);
    house.fault({ kind: 'lost-answer', path: '/payment_intents', times: 2 });
    await house.work(); // the answer is lost; the queue would try again in a while
    await asOwner(
      house.database,
      `delete from graphile_worker._private_jobs; update holds set created_at = now() - interval '1 hour' where call_id = '${callId}'`,
    );
    await house.sweep();
    await carriedOut(callId, BILL);
    expect(house.intentsOf(callId)).toHaveLength(1);
  });
});
