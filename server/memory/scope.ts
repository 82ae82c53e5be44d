import { and, eq, or, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Transaction } from '../../db/connection.ts';
import { userPersonaRelationships } from '../../db/schema/index.ts';
import { announce } from '../announcing/announce.ts';

/** Whose memory of whom: nothing is remembered outside such a pair, but for what the user shares with everybody. */
export interface Scope {
  userId: string;
  /** Slug; SHARED for what every persona may know. */
  persona: string;
}

/** In place of a persona: known to all of them, because the user said so. */
export const SHARED = '';

/** Rows that a persona may know: its own of this user, and the shared ones. */
export function visibleTo(
  { userId, persona }: Scope,
  columns: { userId: PgColumn; persona: PgColumn },
): SQL | undefined {
  return and(eq(columns.userId, userId), or(eq(columns.persona, persona), eq(columns.persona, SHARED)));
}

/** Says that something changed in what is remembered, so that indexes made before are not used any more, and others hear of it. */
export async function touch(tx: Transaction, { userId, persona }: Scope): Promise<void> {
  await announce(tx, {
    type: 'memory.updated',
    callId: null,
    userId,
    data: { persona: persona === SHARED ? null : persona },
  });
  const next = { memoryVersion: sql`${userPersonaRelationships.memoryVersion} + 1` };
  if (persona === SHARED)
    await tx.update(userPersonaRelationships).set(next).where(eq(userPersonaRelationships.userId, userId));
  else
    await tx
      .insert(userPersonaRelationships)
      .values({ userId, persona })
      .onConflictDoUpdate({
        target: [userPersonaRelationships.userId, userPersonaRelationships.persona],
        set: next,
      });
}

/**
 * One writer for a user's memory at a time, until the transaction ends: two cannot both find a slot empty, and what is
 * forgotten while a call is being learned from cannot come back with it. For all personas, because shared facts reach all.
 */
export async function lockMemory(tx: Transaction, userId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${userId}, 0))`);
}
