import { and, desc, eq, type SQL, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import {
  approvals,
  calls,
  holds,
  mandates,
  payers,
  refunds,
  settlements,
  users,
} from '../../db/schema/index.ts';

/** Payers and their payments as pages show them: never the key of a link, nor anything of a card. */

export interface PaymentsWanted {
  payerId?: string;
  callId?: string;
  /** Of everybody who pays from this number. */
  payerNumber?: string;
}

const MOST_PAYMENTS = 200;
const MOST_PAYERS = 500;
/** Of several attempts at a call's hold the newest tells where it stands. */
const newestHold = sql`${holds.attempt} = (select max(h.attempt) from holds h where h.call_id = ${approvals.callId})`;

/** What payers were asked and what became of it, newest first. */
export function listPayments(db: Database, actor: Actor, { payerId, callId, payerNumber }: PaymentsWanted) {
  const wanted: SQL[] = [
    ...(payerId === undefined ? [] : [eq(approvals.payerId, payerId)]),
    ...(callId === undefined ? [] : [eq(approvals.callId, callId)]),
    ...(payerNumber === undefined ? [] : [eq(payers.phoneNumber, payerNumber)]),
  ];
  return db.as(actor, async (tx) => {
    const rows = await tx
      .select({
        callId: approvals.callId,
        callee: users.displayName,
        persona: calls.persona,
        payerId: approvals.payerId,
        payer: payers.displayName,
        mandateId: approvals.mandateId,
        capCents: approvals.capCents,
        state: approvals.state,
        askedAt: approvals.createdAt,
        validUntil: approvals.validUntil,
        callState: calls.state,
        hold: {
          attempt: holds.attempt,
          state: holds.state,
          amountCents: holds.amountCents,
          captureBefore: holds.captureBefore,
          declineCode: holds.declineCode,
        },
        settlement: {
          state: settlements.state,
          totalCents: settlements.totalCents,
          capturedCents: settlements.capturedCents,
          writtenOffCents: settlements.writtenOffCents,
          stripeFeeCents: settlements.stripeFeeCents,
          refundedCents: settlements.refundedCents,
          disputedAt: settlements.disputedAt,
          settledAt: settlements.settledAt,
        },
      })
      .from(approvals)
      .innerJoin(calls, eq(calls.id, approvals.callId))
      .innerJoin(users, eq(users.id, approvals.userId))
      .innerJoin(payers, eq(payers.id, approvals.payerId))
      .leftJoin(holds, and(eq(holds.callId, approvals.callId), newestHold))
      .leftJoin(settlements, eq(settlements.callId, approvals.callId))
      .where(and(...wanted))
      .orderBy(desc(approvals.createdAt))
      .limit(MOST_PAYMENTS);
    return rows;
  });
}

/** Written with its table: in a query of one table drizzle leaves that out, and inside a subquery it would be another's id. */
const OUTER_PAYER = sql`${payers}.id`;

/** Everybody who pays, newest first, or one of them. */
export function listPayers(db: Database, actor: Actor, { payerId, payerNumber }: PaymentsWanted = {}) {
  return db.as(actor, (tx) =>
    tx
      .select({
        id: payers.id,
        displayName: payers.displayName,
        phoneNumber: payers.phoneNumber,
        hasCard: sql<boolean>`${payers.paymentMethodId} is not null`,
        blockedAt: payers.blockedAt,
        blockedReason: payers.blockedReason,
        createdAt: payers.createdAt,
        heldCents: sql<number>`coalesce((select sum(h.amount_cents) from holds h
          where h.payer_id = ${OUTER_PAYER} and h.state = 'held'), 0)::int`,
        paidCents: sql<number>`coalesce((select sum(s.captured_cents - s.refunded_cents)
          from settlements s join holds h on h.id = s.hold_id where h.payer_id = ${OUTER_PAYER}), 0)::int`,
      })
      .from(payers)
      .where(
        and(
          payerId === undefined ? undefined : eq(payers.id, payerId),
          payerNumber === undefined ? undefined : eq(payers.phoneNumber, payerNumber),
        ),
      )
      .orderBy(desc(payers.createdAt))
      .limit(MOST_PAYERS),
  );
}

/** What payers said yes to beforehand, newest first. */
export function listMandates(db: Database, actor: Actor, { payerId, payerNumber }: PaymentsWanted) {
  return db.as(actor, (tx) =>
    tx
      .select({
        id: mandates.id,
        payerId: mandates.payerId,
        callee: users.displayName,
        textShown: mandates.textShown,
        perCallCents: mandates.perCallCents,
        perMonthCents: mandates.perMonthCents,
        state: mandates.state,
        validUntil: mandates.validUntil,
        createdAt: mandates.createdAt,
      })
      .from(mandates)
      .innerJoin(users, eq(users.id, mandates.userId))
      .innerJoin(payers, eq(payers.id, mandates.payerId))
      .where(
        and(
          payerId === undefined ? undefined : eq(mandates.payerId, payerId),
          payerNumber === undefined ? undefined : eq(payers.phoneNumber, payerNumber),
        ),
      )
      .orderBy(desc(mandates.createdAt))
      .limit(MOST_PAYMENTS),
  );
}

/** What was given back of a call, newest first. */
export function refundsOf(tx: Transaction, callId: string) {
  return tx
    .select({
      id: refunds.id,
      amountCents: refunds.amountCents,
      reason: refunds.reason,
      state: refunds.state,
      createdAt: refunds.createdAt,
    })
    .from(refunds)
    .where(eq(refunds.callId, callId))
    .orderBy(desc(refunds.createdAt));
}
