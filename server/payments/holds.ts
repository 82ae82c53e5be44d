import { and, eq, inArray, or, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { addJob } from '../../db/job-queue.ts';
import { approvals, calls, holds, payers, refunds, settlements } from '../../db/schema/index.ts';
import { raiseAlert } from '../announcing/alerts.ts';
import { enqueueDial } from '../dialing/attempts.ts';
import type { Logger } from '../log.ts';
import { endWaitingCall } from './end-call.ts';
import { type HoldStep, nextHold } from './hold-machine.ts';
import type { Settlements } from './settlement.ts';
import type { IntentView } from './stripe-answers.ts';
import type { StripeGateway } from './stripe-client.ts';

export const REFUND_JOB = 'refund';

export interface HoldsParts {
  db: Database;
  gateway: StripeGateway;
  settlements: Settlements;
  log: Logger;
}

const SYSTEM: Actor = { kind: 'system', purpose: 'look after holds' };

/** Keeps our holds what Stripe says that they are. */
export class Holds {
  readonly #parts: HoldsParts;

  constructor(parts: HoldsParts) {
    this.#parts = parts;
  }

  /** Somebody said that this intent may have changed: asks Stripe what it is, and draws the consequence. */
  async observe(intentId: string): Promise<void> {
    const intent = await this.#parts.gateway.readIntent(intentId);
    if (intent.holdId === null) return; // not one of ours
    const applied = await this.#apply(intent, intent.holdId);
    if (applied?.step.action === 'release') await this.#release(intent, applied.version);
    if (intent.status === 'succeeded') await this.#bookFee(intent);
  }

  async #apply(intent: IntentView, holdId: string): Promise<{ step: HoldStep; version: number } | null> {
    return this.#parts.db.as(SYSTEM, async (tx) => {
      await lockCall(tx, holdId);
      const [hold] = await tx.select().from(holds).where(eq(holds.id, holdId)).for('update');
      if (hold === undefined) return null;
      if (hold.paymentIntentId !== null && hold.paymentIntentId !== intent.id) {
        await raiseAlert(tx, hold.callId, 'second-intent', `${intent.id} beside ${hold.paymentIntentId}`);
        const action = intent.status === 'requires_capture' ? 'release' : 'nothing';
        const version = await nextVersion(tx, hold);
        return { step: { to: hold.state, action, alert: null }, version };
      }
      const [settlement] = await tx
        .select({ callId: settlements.callId })
        .from(settlements)
        .where(eq(settlements.callId, hold.callId));
      const isWanted = await isStillWanted(tx, hold.callId);
      const step = nextHold({ ...hold, isWanted, isSettling: settlement !== undefined }, intent);
      await write(tx, hold, intent, step);
      return { step, version: hold.version + 1 };
    });
  }

  /**
   * Each look at the hold releases under a key of its own: Stripe may remember its own failure under the last one. Twice
   * is no harm, because an intent can be canceled once.
   */
  async #release(intent: IntentView, version: number): Promise<void> {
    const outcome = await this.#parts.gateway.cancel(intent.id, `rel:${intent.id}:${version}`);
    if (outcome.kind === 'failed' || outcome.kind === 'unknown')
      throw new Error(`it is not certain whether the hold ${intent.id} was released`);
    await this.#apply(await this.#parts.gateway.readIntent(intent.id), intent.holdId ?? '');
  }

  async #bookFee(intent: IntentView): Promise<void> {
    const callId = await this.#parts.db.as(SYSTEM, async (tx) => {
      const [hold] = await tx
        .select({ callId: holds.callId })
        .from(holds)
        .where(eq(holds.paymentIntentId, intent.id));
      return hold?.callId;
    });
    if (callId !== undefined && intent.feeCents !== null)
      await this.#parts.settlements.bookFee(callId, intent.feeCents);
  }
}

type Hold = typeof holds.$inferSelect;

/** Nothing of the hold changes but that it was looked at. */
async function nextVersion(tx: Transaction, { id, version }: Hold): Promise<number> {
  await tx
    .update(holds)
    .set({ version: version + 1 })
    .where(eq(holds.id, id));
  return version + 1;
}

async function write(tx: Transaction, hold: Hold, intent: IntentView, step: HoldStep): Promise<void> {
  const isLive = step.to === 'awaiting_payer' || step.to === 'held' || step.to === 'releasing';
  await tx
    .update(holds)
    .set({
      state: step.to,
      live: isLive,
      paymentIntentId: intent.id,
      captureBefore: intent.captureBefore,
      declineCode: intent.status === 'requires_payment_method' ? intent.declineCode : null,
      updatedAt: new Date(),
      version: hold.version + 1,
    })
    .where(eq(holds.id, hold.id));
  if (step.to === 'held') await keepCard(tx, hold, intent);
  if (step.alert !== null)
    await raiseAlert(tx, hold.callId, step.alert, `intent ${intent.id} is ${intent.status}`);
  if (step.action === 'dial') await enqueueDial(tx, hold.callId);
  if (step.action === 'refund-all') await refundAll(tx, hold, intent);
  if (step.action !== 'dial' && step.action !== 'nothing')
    await endWaitingCall(tx, hold.callId, 'hold-unusable');
}

/** Money that should not have been taken goes back, once: the refund is named after the hold. */
async function refundAll(tx: Transaction, hold: Hold, intent: IntentView): Promise<void> {
  await tx
    .insert(refunds)
    .values({
      id: hold.id,
      callId: hold.callId,
      amountCents: intent.receivedCents,
      reason: 'taken instead of held',
    })
    .onConflictDoNothing();
  await addJob(tx, REFUND_JOB, { refundId: hold.id }, { key: `refund:${hold.id}` });
}

/** The payer ticked that the card may be used for later calls. */
async function keepCard(tx: Transaction, hold: Hold, intent: IntentView): Promise<void> {
  const [approval] = await tx.select().from(approvals).where(eq(approvals.id, hold.approvalId));
  if (approval?.savesCard !== true || intent.paymentMethodId === null) return;
  await tx.update(payers).set({ paymentMethodId: intent.paymentMethodId }).where(eq(payers.id, hold.payerId));
}

/** Nobody dials the call while it is decided what becomes of its hold. Before the hold's own row, as whoever ends a call does. */
async function lockCall(tx: Transaction, holdId: string): Promise<void> {
  await tx
    .select({ id: calls.id })
    .from(calls)
    .innerJoin(holds, eq(holds.callId, calls.id))
    .where(eq(holds.id, holdId))
    .for('update', { of: calls });
}

/**
 * The call is under way, and has to be paid for whatever the payer's yes has become since; or it waits to be made, the
 * yes stands and its time is not over.
 */
async function isStillWanted(tx: Transaction, callId: string): Promise<boolean> {
  const [row] = await tx
    .select({ id: approvals.id })
    .from(approvals)
    .innerJoin(calls, eq(calls.id, approvals.callId))
    .where(
      and(
        eq(approvals.callId, callId),
        or(
          inArray(calls.state, ['dialing', 'ringing', 'live']),
          and(
            eq(calls.state, 'planned'),
            eq(approvals.state, 'approved'),
            sql`${approvals.validUntil} > now()`,
          ),
        ),
      ),
    );
  return row !== undefined;
}
