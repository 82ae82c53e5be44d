import { and, eq, isNull, ne } from 'drizzle-orm';
import type { Transaction } from '../../db/connection.ts';
import { callCostBreakdowns, calls } from '../../db/schema/index.ts';
import { announce } from '../announcing/announce.ts';
import { type Bill, EMPTY_BILL } from '../cost/bill.ts';
import { openSettlement } from './settlement.ts';

/**
 * How far a call may have come for this end to be its end. A call whose stream has been claimed is ended by the
 * process that holds the stream and knows the bill, so `unanswered` leaves it alone; `waiting` has not been dialled.
 */
export type CallStage = 'waiting' | 'unanswered' | 'live';

/**
 * Ends a call's row, freezes its bill and says what becomes of its hold: in one transaction, and once.
 * @returns false when there was nothing to end.
 */
export async function endCall(
  tx: Transaction,
  callId: string,
  end: { stage: CallStage; reason: string; bill: Bill },
): Promise<boolean> {
  const [row] = await tx
    .update(calls)
    .set({ state: 'ended', endedAt: new Date(), endReason: end.reason, streamTokenHash: null })
    .where(and(eq(calls.id, callId), isNull(calls.endedAt), stateAt(end.stage)))
    .returning({
      userId: calls.userId,
      persona: calls.persona,
      direction: calls.direction,
      answeredAt: calls.answeredAt,
    });
  if (row === undefined) return false;
  await tx
    .insert(callCostBreakdowns)
    .values({ callId, userId: row.userId, ...end.bill, finalizedAt: new Date() });
  await openSettlement(tx, callId, end.bill.totalCostCents);
  const { userId, persona, direction, answeredAt } = row;
  await announce(tx, {
    type: 'call.ended',
    callId,
    userId,
    data: {
      persona,
      direction,
      answered: answeredAt !== null,
      endReason: end.reason,
      totalCents: end.bill.totalCostCents,
    },
  });
  return true;
}

/** Gives up a call that waits for its money: nothing is billed, and what is held is let go. */
export async function endWaitingCall(tx: Transaction, callId: string, reason: string): Promise<void> {
  await endCall(tx, callId, { stage: 'waiting', reason, bill: EMPTY_BILL });
}

function stateAt(stage: CallStage) {
  switch (stage) {
    case 'waiting':
      return eq(calls.state, 'planned');
    case 'unanswered':
      return ne(calls.state, 'live');
    case 'live':
      return undefined;
    default:
      return stage satisfies never;
  }
}
