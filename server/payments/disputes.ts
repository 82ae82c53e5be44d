import { and, desc, eq, ne, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { addJob } from '../../db/job-queue.ts';
import { approvals, calls, disputes, holds, payers, refunds, settlements } from '../../db/schema/index.ts';
import { raiseAlert } from '../announcing/alerts.ts';
import { endWaitingCall } from './end-call.ts';
import { evidenceFor } from './evidence.ts';
import { REFUND_JOB } from './holds.ts';
import type { DisputeView } from './stripe-answers.ts';
import type { StripeGateway } from './stripe-client.ts';

export interface DisputesParts {
  db: Database;
  gateway: StripeGateway;
  /** A live call of a payer who is not to be trusted has to say goodbye. */
  onRevoked(callId: string): void;
}

const SYSTEM: Actor = { kind: 'system', purpose: 'disputes' };

type Hold = typeof holds.$inferSelect;

/** Payments that a payer's bank doubts. Whoever is doubted pays for no more calls until an admin has looked. */
export class Disputes {
  readonly #parts: DisputesParts;

  constructor(parts: DisputesParts) {
    this.#parts = parts;
  }

  /** Somebody said that a dispute was opened or changed: asks Stripe what it is. A call under way goes on. */
  async observe(disputeId: string): Promise<void> {
    const dispute = await this.#parts.gateway.readDispute(disputeId);
    await this.#parts.db.as(SYSTEM, async (tx) => {
      const hold = dispute.intentId === null ? undefined : await holdOf(tx, dispute.intentId);
      if (hold === undefined) return; // not one of ours
      if (await isNew(tx, dispute, hold)) await opened(tx, dispute, hold);
      if (dispute.state !== 'open') await closed(tx, dispute, hold);
    });
  }

  /**
   * The card's network takes a payment for fraud, before the payer has complained: it goes back, and nothing more is
   * begun or continued at this payer's expense.
   */
  async onFraudWarning(intentId: string): Promise<void> {
    const live = await this.#parts.db.as(SYSTEM, async (tx) => {
      const hold = await holdOf(tx, intentId);
      if (hold === undefined) return [];
      await block(tx, hold.payerId, 'fraud warning');
      await raiseAlert(tx, hold.callId, 'fraud-warning', `the payment ${intentId} is taken for fraud`);
      await giveBack(tx, hold);
      return endCallsOf(tx, hold.payerId);
    });
    for (const callId of live) this.#parts.onRevoked(callId);
  }

  list(actor: Actor) {
    return this.#parts.db.as(actor, (tx) =>
      tx.select().from(disputes).orderBy(desc(disputes.createdAt)).limit(200),
    );
  }
}

async function holdOf(tx: Transaction, intentId: string): Promise<Hold | undefined> {
  const [hold] = await tx.select().from(holds).where(eq(holds.paymentIntentId, intentId));
  return hold;
}

async function isNew(tx: Transaction, dispute: DisputeView, { callId }: Hold): Promise<boolean> {
  const { id, amountCents, feeCents, reason } = dispute;
  const rows = await tx
    .insert(disputes)
    .values({ id, callId, amountCents, feeCents, reason, evidence: await evidenceFor(tx, callId) })
    .onConflictDoNothing()
    .returning({ id: disputes.id });
  return rows.length === 1;
}

async function opened(
  tx: Transaction,
  { id, reason }: DisputeView,
  { callId, payerId }: Hold,
): Promise<void> {
  await block(tx, payerId, 'dispute');
  await tx
    .update(settlements)
    .set({ disputedAt: sql`coalesce(${settlements.disputedAt}, now())` })
    .where(eq(settlements.callId, callId));
  await raiseAlert(tx, callId, 'dispute', `the payment is disputed (${reason}); see dispute ${id}`);
}

async function closed(
  tx: Transaction,
  { id, state, feeCents }: DisputeView,
  { callId }: Hold,
): Promise<void> {
  const [row] = await tx
    .update(disputes)
    .set({ state, feeCents, closedAt: sql`now()` })
    .where(and(eq(disputes.id, id), eq(disputes.state, 'open')))
    .returning({ id: disputes.id });
  if (row !== undefined) await raiseAlert(tx, callId, `dispute-${state}`, `dispute ${id} was ${state}`);
}

async function block(tx: Transaction, payerId: string, reason: string): Promise<void> {
  await tx
    .update(payers)
    .set({ blockedAt: sql`coalesce(${payers.blockedAt}, now())`, blockedReason: reason })
    .where(eq(payers.id, payerId));
}

/** All that was captured and is not on its way back yet. The refund is named after the hold, so that it is made once. */
async function giveBack(tx: Transaction, { id, callId }: Hold): Promise<void> {
  const [settlement] = await tx
    .select()
    .from(settlements)
    .where(eq(settlements.callId, callId))
    .for('update');
  const amountCents = (settlement?.capturedCents ?? 0) - (settlement?.refundedCents ?? 0);
  if (amountCents <= 0) return;
  const [made] = await tx
    .insert(refunds)
    .values({ id, callId, amountCents, reason: 'fraud warning' })
    .onConflictDoNothing()
    .returning({ id: refunds.id });
  if (made === undefined) return;
  await tx
    .update(settlements)
    .set({ refundedCents: sql`${settlements.refundedCents} + ${amountCents}` })
    .where(eq(settlements.callId, callId));
  await addJob(tx, REFUND_JOB, { refundId: id }, { key: `refund:${id}` });
}

/** Takes back what the payer approved and is not over. @returns the calls that may be live. */
async function endCallsOf(tx: Transaction, payerId: string): Promise<string[]> {
  const open = await tx
    .select({ id: approvals.id, callId: approvals.callId })
    .from(approvals)
    .innerJoin(calls, eq(calls.id, approvals.callId))
    .where(and(eq(approvals.payerId, payerId), ne(calls.state, 'ended')));
  for (const { id, callId } of open) {
    await tx
      .update(approvals)
      .set({ state: 'revoked', revokedAt: sql`coalesce(${approvals.revokedAt}, now())` })
      .where(eq(approvals.id, id));
    await endWaitingCall(tx, callId, 'payer-blocked');
  }
  return open.map(({ callId }) => callId);
}
