import { and, eq, sql } from 'drizzle-orm';
import type { Transaction } from '../../db/connection.ts';
import { userPersonaRelationships } from '../../db/schema/index.ts';
import type { Scope } from './scope.ts';

/** Counts a call that was held in its relationship, which is there. */
export async function incrementStats(
  tx: Transaction,
  { userId, persona }: Scope,
  minutes: number,
  at: Date,
): Promise<void> {
  await tx
    .update(userPersonaRelationships)
    .set({
      totalCalls: sql`${userPersonaRelationships.totalCalls} + 1`,
      totalMinutes: sql`${userPersonaRelationships.totalMinutes} + ${Math.max(0, Math.round(minutes))}::int`,
      lastCallAt: sql`greatest(${userPersonaRelationships.lastCallAt}, ${at.toISOString()}::timestamptz)`,
    })
    .where(and(eq(userPersonaRelationships.userId, userId), eq(userPersonaRelationships.persona, persona)));
}
