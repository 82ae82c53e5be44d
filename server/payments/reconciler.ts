import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { addJob } from '../../db/job-queue.ts';
import {
  approvals,
  calls,
  disputes,
  holds,
  mandates,
  payers,
  refunds,
  settlements,
} from '../../db/schema/index.ts';
import { enqueueDial } from '../dialing/attempts.ts';
import type { Sweep } from '../jobs/runner.ts';
import { endWaitingCall } from './end-call.ts';
import { REFUND_JOB } from './holds.ts';
import { takeUpHolds } from './mandate-holds.ts';
import { SETUP_JOB } from './mandates.ts';
import { SETTLE_JOB } from './settlement.ts';
import type { StripeGateway } from './stripe-client.ts';
import type { StripeEvents } from './stripe-events.ts';
import { DISPUTE_JOB, OBSERVE_JOB, takeNotice } from './webhook.ts';

export interface ReconcilerParts {
  db: Database;
  gateway: StripeGateway;
  events: StripeEvents;
  /** Now, for the window that is looked at. */
  wallMs(): number;
}

const SYSTEM: Actor = { kind: 'system', purpose: 'reconcile' };
const MINUTE_MS = 60_000;
/** A hold lives seven days at most; one more for clocks and for what was made late. */
const WINDOW_MS = 8 * 24 * 3_600_000;
/** Stripe lists undelivered events for 30 days; older ones than ours have been looked at. */
/** A bank takes up to three months to decide. */
const DISPUTES_WINDOW_MS = 120 * 24 * 3_600_000;
const EVENTS_WINDOW_MS = 3 * 24 * 3_600_000;
/** What should have happened by now did not. */
const LATE = '2 minutes';

/** Holds our books against Stripe's and picks up what was lost on the way. Every sweep may run in every instance at once. */
export function moneySweeps({ db, gateway, events, wallMs }: ReconcilerParts): Sweep[] {
  return [
    {
      name: 'settlements, refunds and dials whose job was lost',
      everyMs: MINUTE_MS,
      run: () => enqueueLate(db),
    },
    {
      name: 'cards that payers left',
      everyMs: MINUTE_MS,
      run: () => takeUpSetups(db),
    },
    {
      name: 'approvals that have run out',
      everyMs: MINUTE_MS,
      run: () => endOverdue(db),
    },
    {
      name: 'intents that our books do not agree with',
      everyMs: 5 * MINUTE_MS,
      run: async () => {
        for await (const intent of gateway.intentsSince(new Date(wallMs() - WINDOW_MS)))
          if (intent.holdId !== null && (await disagrees(db, intent.id, intent.status)))
            await db.as(SYSTEM, (tx) =>
              addJob(tx, OBSERVE_JOB, { intentId: intent.id }, { key: `observe:${intent.id}` }),
            );
      },
    },
    {
      name: 'disputes of which no event told',
      everyMs: 15 * MINUTE_MS,
      run: async () => {
        for await (const { id, state } of gateway.disputesSince(new Date(wallMs() - DISPUTES_WINDOW_MS)))
          await db.as(SYSTEM, (tx) => takeUpDispute(tx, id, state));
      },
    },
    {
      name: 'events that Stripe could not deliver',
      everyMs: 15 * MINUTE_MS,
      run: async () => {
        for await (const notice of events.undeliveredEvents(new Date(wallMs() - EVENTS_WINDOW_MS)))
          await takeNotice(db, notice);
      },
    },
  ];
}

async function enqueueLate(db: Database): Promise<void> {
  await db.as(SYSTEM, async (tx) => {
    const unsettled = await tx
      .select({ callId: settlements.callId })
      .from(settlements)
      .where(
        and(eq(settlements.state, 'settling'), sql`${settlements.createdAt} < now() - ${LATE}::interval`),
      );
    for (const { callId } of unsettled) await addJob(tx, SETTLE_JOB, { callId }, { key: `settle:${callId}` });
    const pending = await tx
      .select({ id: refunds.id })
      .from(refunds)
      .where(and(eq(refunds.state, 'pending'), sql`${refunds.createdAt} < now() - ${LATE}::interval`));
    for (const { id } of pending) await addJob(tx, REFUND_JOB, { refundId: id }, { key: `refund:${id}` });
    const undialed = await tx
      .select({ callId: holds.callId })
      .from(holds)
      .innerJoin(calls, eq(calls.id, holds.callId))
      .where(
        and(
          eq(holds.state, 'held'),
          eq(calls.state, 'planned'),
          isNull(calls.dialAfter), // what waits for its time has a sweep of its own
          sql`${holds.updatedAt} < now() - ${LATE}::interval`,
        ),
      );
    await takeUpHolds(tx, LATE);
    for (const { callId } of undialed) await enqueueDial(tx, callId);
  });
}

/** Cards that were left and of which no event told. Stripe's page lives for a day. */
async function takeUpSetups(db: Database): Promise<void> {
  await db.as(SYSTEM, async (tx) => {
    const waiting = await tx
      .select({ sessionId: mandates.setupSessionId })
      .from(mandates)
      .innerJoin(payers, eq(payers.id, mandates.payerId))
      .where(
        and(
          eq(mandates.state, 'approved'),
          isNull(payers.paymentMethodId),
          sql`${mandates.decidedAt} > now() - interval '2 days'`,
        ),
      );
    for (const { sessionId } of waiting)
      if (sessionId !== null) await addJob(tx, SETUP_JOB, { sessionId }, { key: `setup:${sessionId}` });
  });
}

/** Nobody answered in time, or the page was never finished: the call is given up and what is held let go. */
async function endOverdue(db: Database): Promise<void> {
  await db.as(SYSTEM, async (tx) => {
    const overdue = await tx
      .select({ callId: approvals.callId })
      .from(approvals)
      .innerJoin(calls, eq(calls.id, approvals.callId))
      .where(and(eq(calls.state, 'planned'), sql`${approvals.validUntil} < now()`));
    for (const { callId } of overdue) await endWaitingCall(tx, callId, 'approval-expired');
  });
}

async function takeUpDispute(tx: Transaction, disputeId: string, state: string): Promise<void> {
  const [known] = await tx.select({ state: disputes.state }).from(disputes).where(eq(disputes.id, disputeId));
  if (known?.state === state) return;
  await addJob(tx, DISPUTE_JOB, { disputeId }, { key: `dispute:${disputeId}` });
}

/** True when Stripe's state of an intent cannot be what our hold says. */
async function disagrees(db: Database, intentId: string, status: string): Promise<boolean> {
  return db.as(SYSTEM, async (tx) => {
    const [hold] = await tx
      .select({ state: holds.state, fee: settlements.stripeFeeCents })
      .from(holds)
      .leftJoin(settlements, eq(settlements.callId, holds.callId))
      .where(eq(holds.paymentIntentId, intentId));
    switch (status) {
      case 'requires_capture':
        return hold?.state !== 'held';
      case 'succeeded':
        return hold?.state !== 'captured' || hold.fee === null;
      case 'canceled':
        return hold !== undefined && hold.state !== 'released' && hold.state !== 'lost';
      default:
        return false;
    }
  });
}
