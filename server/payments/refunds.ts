import { randomUUID } from 'node:crypto';
import { and, desc, eq, isNotNull, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { addJob } from '../../db/job-queue.ts';
import { holds, refunds, settlements } from '../../db/schema/index.ts';
import { raiseAlert } from '../announcing/alerts.ts';
import { RingbackError } from '../errors.ts';
import { REFUND_JOB } from './holds.ts';
import { NotSettledYet } from './settlement.ts';
import type { RefundView } from './stripe-answers.ts';
import type { StripeGateway } from './stripe-client.ts';

export interface RefundsParts {
  db: Database;
  gateway: StripeGateway;
}

const SYSTEM: Actor = { kind: 'system', purpose: 'refund' };

/** Money that goes back to a payer. */
export class Refunds {
  readonly #parts: RefundsParts;

  constructor(parts: RefundsParts) {
    this.#parts = parts;
  }

  /**
   * Asks for a refund. The asker names it, so that a double click asks once.
   * @throws RingbackError `refund_too_large` when it is more than was captured and not yet given back.
   */
  async request(
    actor: Actor,
    refund: { id: string; callId: string; amountCents: number; reason: string },
  ): Promise<typeof refunds.$inferSelect> {
    return this.#parts.db.as(actor, async (tx) => {
      const [settlement] = await tx
        .select()
        .from(settlements)
        .where(eq(settlements.callId, refund.callId))
        .for('update');
      const [known] = await tx.select().from(refunds).where(eq(refunds.id, refund.id));
      if (known !== undefined) {
        if (known.callId === refund.callId && known.amountCents === refund.amountCents) return known;
        throw new RingbackError('refund_differs', 'Another refund has this id.', {
          remedy: 'Give each refund an id of its own.',
          callId: refund.callId,
        });
      }
      const left = refundableCents(settlement);
      if (refund.amountCents > left)
        throw new RingbackError(
          'refund_too_large',
          `Of this call ${left} cents can be given back, not ${refund.amountCents}.`,
          { remedy: 'Ask for less.', callId: refund.callId },
        );
      await setAside(tx, refund.callId, refund.amountCents);
      const [row] = await tx.insert(refunds).values(refund).returning();
      await addJob(tx, REFUND_JOB, { refundId: refund.id }, { key: `refund:${refund.id}` });
      if (row === undefined) throw new Error('the database returned no row for an insert');
      return row;
    });
  }

  /** Has Stripe give it back: looks first whether it has, and uses a new key only after a certain failure. */
  async carryOut(refundId: string): Promise<void> {
    const found = await this.#load(refundId);
    if (found === undefined || found.intentId === null || found.refund.state !== 'pending') return;
    const { refund, intentId } = found;
    const { gateway } = this.#parts;
    const made = await gateway.findRefund(intentId, refundId);
    if (made !== null) return this.#succeeded(refundId, made);
    const { amountCents, attempt } = refund;
    const outcome = await gateway.refund({ intentId, amountCents, refundId, attempt });
    switch (outcome.kind) {
      case 'done':
        return this.#succeeded(refundId, outcome.stripeRefundId);
      case 'refused':
        return this.#refused(refund, outcome.code);
      case 'failed':
        await this.#update(refundId, { attempt: attempt + 1 });
        throw new NotSettledYet(`refund ${refundId} is not certain yet`);
      case 'unknown':
        throw new NotSettledYet(`refund ${refundId} is not certain yet`);
      default:
        return outcome satisfies never;
    }
  }

  /** Somebody said that money of this intent went back, or did not arrive: takes over what Stripe says of each refund. */
  async observe(intentId: string): Promise<void> {
    const atStripe = await this.#parts.gateway.refundsOf(intentId);
    await this.#parts.db.as(SYSTEM, async (tx) => {
      const [row] = await tx
        .select({ callId: settlements.callId })
        .from(settlements)
        .innerJoin(holds, eq(holds.id, settlements.holdId))
        .where(eq(holds.paymentIntentId, intentId))
        .for('update', { of: settlements });
      if (row === undefined) return;
      for (const refund of atStripe) await takeOver(tx, row.callId, refund);
    });
  }

  async #load(refundId: string) {
    return this.#parts.db.as(SYSTEM, async (tx) => {
      const [row] = await tx
        .select({ refund: refunds, intentId: holds.paymentIntentId })
        .from(refunds)
        .innerJoin(holds, eq(holds.callId, refunds.callId))
        .where(and(eq(refunds.id, refundId), isNotNull(holds.paymentIntentId)))
        .orderBy(desc(holds.attempt))
        .limit(1);
      return row;
    });
  }

  #succeeded(refundId: string, stripeRefundId: string): Promise<void> {
    return this.#update(refundId, { state: 'succeeded', stripeRefundId });
  }

  async #update(refundId: string, change: Partial<Refund>): Promise<void> {
    await this.#parts.db.as(SYSTEM, (tx) =>
      tx
        .update(refunds)
        .set(change)
        .where(and(eq(refunds.id, refundId), eq(refunds.state, 'pending'))),
    );
  }

  /** Stripe will not do it, however often it is asked: what was set aside for it is free again, and a person is told. */
  async #refused({ id, callId, amountCents }: Refund, code: string): Promise<void> {
    await this.#parts.db.as(SYSTEM, async (tx) => {
      const [failed] = await tx
        .update(refunds)
        .set({ state: 'failed' })
        .where(and(eq(refunds.id, id), eq(refunds.state, 'pending')))
        .returning({ id: refunds.id });
      if (failed === undefined) return;
      await setAside(tx, callId, -amountCents);
      await raiseAlert(
        tx,
        callId,
        'refund-refused',
        `Stripe refused a refund of ${amountCents} cents: ${code}`,
      );
    });
  }
}

type Refund = typeof refunds.$inferSelect;

async function takeOver(tx: Transaction, callId: string, refund: RefundView): Promise<void> {
  const [known] = await tx
    .select()
    .from(refunds)
    .where(
      refund.ourId === null
        ? eq(refunds.stripeRefundId, refund.id)
        : eq(sql`${refunds.id}::text`, refund.ourId),
    );
  if (known === undefined) {
    if (refund.hasFailed) return;
    await tx.insert(refunds).values({
      id: randomUUID(),
      callId,
      amountCents: refund.amountCents,
      reason: 'made at Stripe',
      state: 'succeeded',
      stripeRefundId: refund.id,
    });
    await setAside(tx, callId, refund.amountCents);
  } else if (refund.hasFailed && known.state !== 'failed') {
    await tx.update(refunds).set({ state: 'failed' }).where(eq(refunds.id, known.id));
    await setAside(tx, callId, -known.amountCents);
    await raiseAlert(tx, callId, 'refund-failed', `a refund of ${known.amountCents} cents came back`);
  }
}

/** Of what was captured, so much more (or less) is given back. */
async function setAside(tx: Transaction, callId: string, cents: number): Promise<void> {
  await tx
    .update(settlements)
    .set({
      refundedCents: sql`least(${settlements.capturedCents}, greatest(0, ${settlements.refundedCents} + ${cents}))`,
    })
    .where(eq(settlements.callId, callId));
}

/** How much of what was taken for a call can still be given back, in cents. */
export function refundableCents(
  settlement: Pick<typeof settlements.$inferSelect, 'capturedCents' | 'refundedCents'> | undefined,
): number {
  return (settlement?.capturedCents ?? 0) - (settlement?.refundedCents ?? 0);
}
