import { eq } from 'drizzle-orm';
import type { Transaction } from '../../db/connection.ts';
import {
  approvals,
  budgetWarnings,
  callSummaries,
  calls,
  holds,
  type messages,
  payers,
  settlements,
  users,
} from '../../db/schema/index.ts';
import { formatCents } from '../cost/money.ts';
import { nameOf } from '../persona/persona.ts';

/** A text about a call, which is made when it is sent. */
export type CallTextKind = 'budget-warning' | 'summary' | 'receipt';
type Message = Pick<typeof messages.$inferSelect, 'id' | 'callId' | 'kind'>;

/** A summary is cut to what fits into two segments of plain text beside its frame. */
const MOST_SUMMARY = 240;

/** To whom a text goes and what it says; null when there is nothing to say any more. @throws Error for a kind that is sent at once. */
export async function wordsOf(
  tx: Transaction,
  { id, callId, kind }: Message,
  publicBaseUrl: string,
): Promise<{ to: string; body: string } | null> {
  if (callId === null) throw new Error(`text ${id} is about no call`);
  switch (kind) {
    case 'budget-warning':
      return budgetWarning(tx, callId, `${publicBaseUrl}/app/budget`);
    case 'summary':
      return summary(tx, callId);
    case 'receipt':
      return receipt(tx, callId);
    default:
      throw new Error(`a text of kind ${kind} is sent at once`);
  }
}

/** @param limits where the one who is called sees and changes what calls may cost. */
async function budgetWarning(tx: Transaction, callId: string, limits: string) {
  const [row] = await tx
    .select({
      to: users.phoneNumber,
      persona: calls.persona,
      spentCents: budgetWarnings.spentCents,
      capCents: budgetWarnings.capCents,
    })
    .from(budgetWarnings)
    .innerJoin(calls, eq(calls.id, budgetWarnings.callId))
    .innerJoin(users, eq(users.id, calls.userId))
    .where(eq(budgetWarnings.callId, callId));
  if (row === undefined) return null;
  const [spent, cap] = [formatCents(row.spentCents), formatCents(row.capCents)];
  return {
    to: row.to,
    body: `Your call with ${nameOf(row.persona)} has cost ${spent} of the ${cap} that it may cost. Your limits: ${limits}`,
  };
}

/** What a call was about, to the one who agreed to have that texted. */
async function summary(tx: Transaction, callId: string) {
  const [row] = await tx
    .select({ to: users.phoneNumber, persona: callSummaries.persona, text: callSummaries.summary })
    .from(callSummaries)
    .innerJoin(users, eq(users.id, callSummaries.userId))
    .where(eq(callSummaries.callId, callId));
  if (row === undefined) return null;
  const text =
    row.text.length > MOST_SUMMARY ? `${row.text.slice(0, MOST_SUMMARY - 3).trimEnd()}...` : row.text;
  return { to: row.to, body: `Your call with ${nameOf(row.persona)}: ${text} Reply STOP for no more.` };
}

/** To a payer: what was taken, and what they had approved. Nothing of what was said. */
async function receipt(tx: Transaction, callId: string) {
  const [row] = await tx
    .select({
      to: payers.phoneNumber,
      callee: users.displayName,
      persona: calls.persona,
      capCents: approvals.capCents,
      capturedCents: settlements.capturedCents,
      state: settlements.state,
    })
    .from(settlements)
    .innerJoin(holds, eq(holds.id, settlements.holdId))
    .innerJoin(approvals, eq(approvals.id, holds.approvalId))
    .innerJoin(payers, eq(payers.id, holds.payerId))
    .innerJoin(calls, eq(calls.id, settlements.callId))
    .innerJoin(users, eq(users.id, calls.userId))
    .where(eq(settlements.callId, callId));
  if (row?.to == null) return null;
  const what = `${nameOf(row.persona)}'s call to ${row.callee}`;
  const body =
    row.state === 'captured'
      ? `Ringback receipt: ${what} cost you ${formatCents(row.capturedCents)}. You had approved up to ${formatCents(row.capCents)}; the rest was let go.`
      : `Ringback: ${what} cost you nothing. The ${formatCents(row.capCents)} that were held are let go.`;
  return { to: row.to, body };
}
