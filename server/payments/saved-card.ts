import { and, eq } from 'drizzle-orm';
import type { Actor, Database } from '../../db/connection.ts';
import { addJob } from '../../db/job-queue.ts';
import { type approvals, holds, type payers } from '../../db/schema/index.ts';
import type { StripeGateway } from './stripe-client.ts';
import { OBSERVE_JOB } from './webhook.ts';

type Hold = typeof holds.$inferSelect;

export interface AcceptedApproval {
  hold: Hold;
  approval: typeof approvals.$inferSelect;
  payer: typeof payers.$inferSelect;
}

const SYSTEM: Actor = { kind: 'system', purpose: 'hold on a saved card' };

/**
 * Holds the approved amount on a card that the payer left for calls that they approve.
 * @returns null when it is held, or may be: Stripe's event or a sweep will tell. Otherwise the hold for which the payer
 * has to type a card or see their bank: when a bank said no, a new attempt, because the failed intent is not asked again.
 */
export async function holdOnSavedCard(
  { db, gateway }: { db: Database; gateway: StripeGateway },
  { hold, approval, payer }: AcceptedApproval,
): Promise<Hold | null> {
  const isFirst = hold.attempt === 1 && hold.state === 'awaiting_payer' && hold.paymentIntentId === null;
  if (!isFirst || payer.paymentMethodId === null || payer.stripeCustomerId === null)
    return hold.state === 'awaiting_payer' ? hold : null;
  const outcome = await gateway.holdOffSession({
    holdId: hold.id,
    callId: approval.callId,
    attempt: hold.attempt,
    customerId: payer.stripeCustomerId,
    paymentMethodId: payer.paymentMethodId,
    amountCents: hold.amountCents,
  });
  switch (outcome.kind) {
    case 'done':
      await db.as(SYSTEM, (tx) =>
        addJob(tx, OBSERVE_JOB, { intentId: outcome.intent.id }, { key: `observe:${outcome.intent.id}` }),
      );
      return null;
    case 'unknown':
      throw new Error(
        'it is not certain whether the amount is held; asked again, Stripe gives the same answer',
      );
    case 'failed':
      return hold; // if it was held after all, the intent that is found first stays and the other one is let go
    case 'refused':
      if (outcome.intent !== null) await gateway.cancel(outcome.intent.id, `rel:${outcome.intent.id}`);
      return nextAttempt(db, hold, outcome.declineCode);
    default:
      return outcome satisfies never;
  }
}

/** Gives an attempt up that cannot become a hold any more, and begins the next, with keys of its own. */
export async function nextAttempt(db: Database, hold: Hold, declineCode: string | null): Promise<Hold> {
  return db.as(SYSTEM, async (tx) => {
    await tx
      .update(holds)
      .set({ state: 'released', live: false, declineCode, updatedAt: new Date(), version: hold.version + 1 })
      .where(and(eq(holds.id, hold.id), eq(holds.live, true)));
    const [next] = await tx
      .insert(holds)
      .values({
        callId: hold.callId,
        attempt: hold.attempt + 1,
        approvalId: hold.approvalId,
        payerId: hold.payerId,
        state: 'awaiting_payer',
        amountCents: hold.amountCents,
        declineCode,
      })
      .returning();
    if (next === undefined) throw new Error('the database returned no row for an insert');
    return next;
  });
}
