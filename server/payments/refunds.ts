import { and, eq, sql } from 'drizzle-orm';
import type { Actor, Database } from '../../db/connection.ts';
import { addJob } from '../../db/job-queue.ts';
import { holds, refunds, settlements } from '../../db/schema/index.ts';
import { RingbackError } from '../errors.ts';
import { REFUND_JOB } from './holds.ts';
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
      if (known !== undefined) return known;
      const left = (settlement?.capturedCents ?? 0) - (settlement?.refundedCents ?? 0);
      if (refund.amountCents > left)
        throw new RingbackError(
          'refund_too_large',
          `Of this call ${left} cents can be given back, not ${refund.amountCents}.`,
          { remedy: 'Ask for less.', callId: refund.callId },
        );
      await tx
        .update(settlements)
        .set({ refundedCents: sql`${settlements.refundedCents} + ${refund.amountCents}` })
        .where(eq(settlements.callId, refund.callId));
      const [row] = await tx.insert(refunds).values(refund).returning();
      await addJob(tx, REFUND_JOB, { refundId: refund.id }, { key: `refund:${refund.id}` });
      if (row === undefined) throw new Error('the database returned no row for an insert');
      return row;
    });
  }

  /** Has Stripe give it back. Stripe's key is the refund's name: asked twice, it happens once. */
  async carryOut(refundId: string): Promise<void> {
    const { db, gateway } = this.#parts;
    const row = await db.as(SYSTEM, async (tx) => {
      const [found] = await tx
        .select({ refund: refunds, intentId: holds.paymentIntentId })
        .from(refunds)
        .innerJoin(holds, eq(holds.callId, refunds.callId))
        .where(and(eq(refunds.id, refundId), sql`${holds.paymentIntentId} is not null`))
        .orderBy(sql`${holds.attempt} desc`)
        .limit(1);
      return found;
    });
    if (row === undefined || row.intentId === null || row.refund.state !== 'pending') return;
    const stripeRefundId = await gateway.refund(row.intentId, row.refund.amountCents, refundId);
    await db.as(SYSTEM, (tx) =>
      tx.update(refunds).set({ state: 'succeeded', stripeRefundId }).where(eq(refunds.id, refundId)),
    );
  }
}
