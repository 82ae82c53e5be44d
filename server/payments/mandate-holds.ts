import { and, eq, isNotNull, isNull, or, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { addJob } from '../../db/job-queue.ts';
import { approvals, calls, holds, mandates, payers } from '../../db/schema/index.ts';
import { raiseAlert } from '../announcing/alerts.ts';
import type { CancelTimer, Clock } from '../clock.ts';
import { RingbackError } from '../errors.ts';
import { endWaitingCall } from './end-call.ts';
import { spentThisMonth } from './mandates.ts';
import { type AcceptedApproval, holdOnSavedCard } from './saved-card.ts';
import { NotSettledYet } from './settlement.ts';
import type { StripeGateway } from './stripe-client.ts';

export const HOLD_JOB = 'hold-on-saved-card';

const SYSTEM: Actor = { kind: 'system', purpose: 'hold within a mandate' };

type Mandate = typeof mandates.$inferSelect;

/**
 * A mandate under which a call to this user may be made now, and what it leaves for the call.
 * @throws RingbackError `mandate_unusable` or `payer_blocked`.
 */
export async function usableMandate(
  tx: Transaction,
  mandateId: string,
  userId: string,
): Promise<{ mandate: Mandate; leftCents: number }> {
  const [found] = await tx
    .select({ payerId: mandates.payerId })
    .from(mandates)
    .where(eq(mandates.id, mandateId));
  if (found === undefined) throw unusable('There is no such mandate.');
  // As where it is answered: the payer's row stands for the mandate's, and calls under it are funded one by one.
  const [payer] = await tx.select().from(payers).where(eq(payers.id, found.payerId)).for('update');
  const [row] = await tx
    .select({ mandate: mandates, isInTime: sql<boolean>`${mandates.validUntil} > now()` })
    .from(mandates)
    .where(eq(mandates.id, mandateId));
  if (row === undefined || payer === undefined || row.mandate.userId !== userId)
    throw unusable('The mandate is for calls to somebody else.');
  const { mandate, isInTime } = row;
  if (mandate.state !== 'approved') throw unusable(`The mandate is ${mandate.state}.`);
  if (!isInTime) throw unusable('The mandate has run out.');
  if (payer.paymentMethodId === null) throw unusable('The payer has not left a card yet.');
  if (payer.blockedAt !== null)
    throw new RingbackError('payer_blocked', `This payer is blocked: ${payer.blockedReason ?? ''}.`, {
      remedy: 'Look at the dispute, then POST /api/payers/<id>/unblock.',
    });
  const monthCents = mandate.perMonthCents - (await spentThisMonth(tx, mandateId));
  return { mandate, leftCents: Math.max(0, Math.min(mandate.perCallCents, monthCents)) };
}

/** Opens the hold of a call that was approved beforehand, and enqueues asking Stripe for it. */
export async function openMandateHold(
  tx: Transaction,
  approval: { id: string; callId: string; payerId: string; capCents: number },
): Promise<void> {
  const { callId, payerId } = approval;
  await tx.insert(holds).values({
    callId,
    attempt: 1,
    approvalId: approval.id,
    payerId,
    state: 'awaiting_payer',
    amountCents: approval.capCents,
  });
  await enqueueHold(tx, callId);
}

async function enqueueHold(tx: Transaction, callId: string): Promise<void> {
  await addJob(tx, HOLD_JOB, { callId }, { key: `hold:${callId}` });
}

/** Takes up calls within a mandate whose hold Stripe was not asked for, did not answer, or lost. @param late an interval of SQL. */
export async function takeUpHolds(tx: Transaction, late: string): Promise<void> {
  const waiting = await tx
    .select({ callId: approvals.callId })
    .from(approvals)
    .innerJoin(calls, eq(calls.id, approvals.callId))
    .leftJoin(holds, and(eq(holds.callId, approvals.callId), eq(holds.live, true)))
    .where(
      and(
        isNotNull(approvals.mandateId),
        eq(calls.state, 'planned'),
        sql`${calls.createdAt} < now() - ${late}::interval`,
        or(isNull(holds.id), and(eq(holds.state, 'awaiting_payer'), isNull(holds.paymentIntentId))),
      ),
    );
  for (const { callId } of waiting) await enqueueHold(tx, callId);
}

/**
 * Holds the amount without the payer. When their bank wants to see them the call waits for them; when it says no,
 * the call is given up: nobody is there to type another card.
 * @returns whether Stripe holds it.
 */
export async function holdWithinMandate(
  { db, gateway }: { db: Database; gateway: StripeGateway },
  callId: string,
): Promise<boolean> {
  const accepted = await db.as(SYSTEM, (tx) => load(tx, callId));
  if (accepted === null) {
    await giveUp(db, callId);
    return false;
  }
  const way = await holdOnSavedCard({ db, gateway }, accepted);
  if (way.kind === 'held') return true;
  if (way.kind === 'card' && way.hold.declineCode === null)
    throw new NotSettledYet(`Stripe failed to hold for call ${callId}; another attempt begins`);
  await db.as(SYSTEM, async (tx) => {
    await raiseAlert(tx, callId, way.kind === 'bank' ? 'payer-needed' : 'card-refused', WHY[way.kind]);
    if (way.kind === 'card') await endWaitingCall(tx, callId, 'card-refused');
  });
  return false;
}

/** A caller listens to it ring meanwhile. */
const HOLD_NOW_MS = 5_000;

/** Holds the amount of a call that rings us. @returns false when it is not held in time: the call is not answered. */
export async function holdNow(
  { db, gateway, clock }: { db: Database; gateway: StripeGateway; clock: Clock },
  callId: string,
): Promise<boolean> {
  let cancel: CancelTimer = () => undefined;
  const tooLate = new Promise<false>((resolve) => {
    cancel = clock.after(HOLD_NOW_MS, () => resolve(false));
  });
  const asked = holdWithinMandate({ db, gateway }, callId).catch((error: unknown) => {
    if (error instanceof NotSettledYet) return false; // its job asks again; nobody waits for it here
    throw error;
  });
  const isHeld = await Promise.race([asked, tooLate]);
  cancel();
  return isHeld;
}

/** No hold is live that could still become one: the call waits for nothing. */
async function giveUp(db: Database, callId: string): Promise<void> {
  await db.as(SYSTEM, (tx) => endWaitingCall(tx, callId, 'hold-unusable'));
}

const WHY = {
  bank: 'the payer’s bank wants to see them: send them the link of the call',
  card: 'the payer’s bank refused a hold within the mandate',
} as const;

async function load(tx: Transaction, callId: string): Promise<AcceptedApproval | null> {
  const [row] = await tx
    .select({ hold: holds, approval: approvals, payer: payers })
    .from(holds)
    .innerJoin(approvals, eq(approvals.id, holds.approvalId))
    .innerJoin(payers, eq(payers.id, holds.payerId))
    .innerJoin(calls, eq(calls.id, holds.callId))
    .where(and(eq(holds.callId, callId), eq(holds.live, true), eq(calls.state, 'planned')));
  return row ?? null;
}

function unusable(what: string): RingbackError {
  return new RingbackError('mandate_unusable', what, {
    remedy:
      'GET /api/mandates shows the state of each; ask the payer with POST /api/mandates or /api/approvals.',
  });
}
