import { and, eq } from 'drizzle-orm';
import type { Transaction } from '../../db/connection.ts';
import { callCostBreakdowns, calls } from '../../db/schema/index.ts';
import { EMPTY_BILL } from '../cost/bill.ts';
import { openSettlement } from './settlement.ts';

/** Gives up a call that waits for its money: nothing is billed, and what is held is let go. */
export async function endWaitingCall(tx: Transaction, callId: string, reason: string): Promise<void> {
  const [row] = await tx
    .update(calls)
    .set({ state: 'ended', endedAt: new Date(), endReason: reason })
    .where(and(eq(calls.id, callId), eq(calls.state, 'planned')))
    .returning({ userId: calls.userId });
  if (row === undefined) return;
  await tx
    .insert(callCostBreakdowns)
    .values({ callId, userId: row.userId, ...EMPTY_BILL, finalizedAt: new Date() });
  await openSettlement(tx, callId, 0);
}
