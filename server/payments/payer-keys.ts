import { and, eq, type SQL, sql } from 'drizzle-orm';
import { approvals, mandates } from '../../db/schema/index.ts';
import { hashOf } from '../secrets.ts';

/** By what a payer opens what they were asked: the key in their link, or a number that they have proven is theirs. */
export type PayerKey = { token: string } | { id: string; phoneNumber: string };

/** @param key its `id` is the call's. */
export function opensApproval(key: PayerKey): SQL | undefined {
  return 'token' in key
    ? and(eq(approvals.tokenHash, hashOf(key.token)), sql`${approvals.viewableUntil} > now()`)
    : and(eq(approvals.callId, key.id), isNumberOf(approvals.payerId, key.phoneNumber));
}

/** @param key its `id` is the mandate's. */
export function opensMandate(key: PayerKey): SQL | undefined {
  return 'token' in key
    ? and(eq(mandates.tokenHash, hashOf(key.token)), sql`${mandates.viewableUntil} > now()`)
    : and(eq(mandates.id, key.id), isNumberOf(mandates.payerId, key.phoneNumber));
}

function isNumberOf(payerId: typeof approvals.payerId | typeof mandates.payerId, phoneNumber: string): SQL {
  return sql`exists (select 1 from payers p where p.id = ${payerId} and p.phone_number = ${phoneNumber})`;
}
