import { desc, eq } from 'drizzle-orm';
import type { Actor, Database } from '../../db/connection.ts';
import { approvals, holds, settlements } from '../../db/schema/index.ts';
import { warningOf } from '../cost/budget-notices.ts';
import { listPayments, refundsOf } from './payments-list.ts';
import { refundableCents } from './refunds.ts';

const SYSTEM: Actor = { kind: 'system', purpose: 'show a call’s money' };

/** Where the money of a call stands, for pages and the API. */
export class MoneyView {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async ofCall(callId: string) {
    return this.#db.as(SYSTEM, async (tx) => {
      const [hold] = await tx
        .select()
        .from(holds)
        .where(eq(holds.callId, callId))
        .orderBy(desc(holds.attempt))
        .limit(1);
      const [settlement] = await tx.select().from(settlements).where(eq(settlements.callId, callId));
      return {
        hold: hold ?? null,
        settlement: settlement ?? null,
        refunds: await refundsOf(tx, callId),
        refundedCents: settlement?.refundedCents ?? 0,
        /** How much of what was taken can still be given back. */
        refundableCents: refundableCents(settlement),
        warning: await warningOf(tx, callId),
      };
    });
  }

  /** The same with the question and the answer, for the house. */
  async paymentOf(actor: Actor, callId: string) {
    const [money, [payment]] = await Promise.all([
      this.ofCall(callId),
      listPayments(this.#db, actor, { callId }),
    ]);
    return { ...money, payment: payment ?? null };
  }

  /** What payers were asked, newest first; without the key of their link. */
  async approvals(actor: Actor) {
    const rows = await this.#db.as(actor, (tx) =>
      tx.select().from(approvals).orderBy(desc(approvals.createdAt)).limit(200),
    );
    return rows.map(({ tokenHash: _hash, checkoutUrl: _url, ...approval }) => approval);
  }
}
