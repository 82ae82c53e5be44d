import { and, eq, isNotNull, sql } from 'drizzle-orm';
import type { Transaction } from '../../db/connection.ts';
import { callSummaries, calls, consents, holds, messages, payers, users } from '../../db/schema/index.ts';
import type { Announcement } from '../announcing/announce.ts';
import type { Texts } from './texts.ts';

/** A summary that took longer than this is not texted any more. */
const SUMMARY_WITHIN = '1 day';

/** Which texts follow from what has happened: a receipt to the payer, a summary to a callee who agreed to have one. */
export async function textWhatFollows(
  texts: Texts,
  tx: Transaction,
  announcement: Announcement,
): Promise<void> {
  if (announcement.type === 'call.settled') await queueReceipt(texts, tx, announcement.callId);
  if (announcement.type === 'memory.updated') await queueSummaries(texts, tx, announcement.userId);
}

async function queueReceipt(texts: Texts, tx: Transaction, callId: string): Promise<void> {
  const [payer] = await tx
    .select({ id: payers.id })
    .from(holds)
    .innerJoin(payers, eq(payers.id, holds.payerId))
    .where(and(eq(holds.callId, callId), isNotNull(payers.phoneNumber)))
    .limit(1);
  if (payer !== undefined) await texts.queue(tx, { userId: null, callId, kind: 'receipt' });
}

/** Of calls that were held since they agreed, and that they have had no text about. */
async function queueSummaries(texts: Texts, tx: Transaction, userId: string): Promise<void> {
  const due = await tx
    .select({ callId: calls.id })
    .from(callSummaries)
    .innerJoin(calls, eq(calls.id, callSummaries.callId))
    .innerJoin(users, eq(users.id, callSummaries.userId))
    .innerJoin(
      consents,
      and(
        eq(consents.phoneNumber, users.phoneNumber),
        eq(consents.kind, 'texts'),
        sql`${consents.withdrawnAt} is null and ${consents.at} <= ${calls.endedAt}`,
      ),
    )
    .leftJoin(messages, and(eq(messages.callId, calls.id), eq(messages.kind, 'summary')))
    .where(
      and(
        eq(callSummaries.userId, userId),
        sql`${messages.id} is null and ${calls.endedAt} > now() - ${SUMMARY_WITHIN}::interval`,
      ),
    );
  for (const { callId } of due) await texts.queue(tx, { userId, callId, kind: 'summary' });
}
