import { eq } from 'drizzle-orm';
import type { Transaction } from '../../db/connection.ts';
import { approvals, callCostBreakdowns, calls, settlements } from '../../db/schema/index.ts';

/**
 * What speaks for a charge when the payer's bank doubts it: what was agreed to, when and from where, that the call was
 * made and answered, and what it was billed. Nothing that was said: the payer need not be the callee.
 */
export async function evidenceFor(tx: Transaction, callId: string) {
  const [approval] = await tx
    .select({
      agreedTo: approvals.textShown,
      capCents: approvals.capCents,
      mandateId: approvals.mandateId,
      agreedAt: approvals.decidedAt,
      agreedFrom: approvals.decidedFrom,
    })
    .from(approvals)
    .where(eq(approvals.callId, callId));
  const [call] = await tx
    .select({
      placedAt: calls.createdAt,
      answeredAt: calls.answeredAt,
      answeredBy: calls.answeredBy,
      endedAt: calls.endedAt,
      endReason: calls.endReason,
      carrierSid: calls.carrierSid,
      carrierSeconds: calls.carrierDurationSeconds,
    })
    .from(calls)
    .where(eq(calls.id, callId));
  const [bill] = await tx
    .select({
      services: callCostBreakdowns.services,
      subtotalCents: callCostBreakdowns.subtotalCents,
      feeCents: callCostBreakdowns.stripeFeeCents,
      totalCents: callCostBreakdowns.totalCostCents,
      frozenAt: callCostBreakdowns.finalizedAt,
    })
    .from(callCostBreakdowns)
    .where(eq(callCostBreakdowns.callId, callId));
  const [settlement] = await tx
    .select({ capturedCents: settlements.capturedCents, settledAt: settlements.settledAt })
    .from(settlements)
    .where(eq(settlements.callId, callId));
  return {
    approval: approval ?? null,
    call: call ?? null,
    bill: bill ?? null,
    settlement: settlement ?? null,
  };
}
