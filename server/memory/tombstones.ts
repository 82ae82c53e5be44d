import { and, between, eq, inArray } from 'drizzle-orm';
import type { Transaction } from '../../db/connection.ts';
import { memoryTombstones } from '../../db/schema/index.ts';
import type { FactFingerprints } from './fingerprints.ts';
import { type Scope, SHARED } from './scope.ts';

/** Notes that something was forgotten, without what it was. */
export async function bury(tx: Transaction, scope: Scope, prints: FactFingerprints): Promise<void> {
  const rows = listOf(prints).map((fingerprint) => ({ ...scope, fingerprint }));
  await tx.insert(memoryTombstones).values(rows).onConflictDoNothing();
}

/**
 * True when the user forgot it. What a fact said is not learned again from anywhere; another value for its slot is, if it
 * was said after the user forgot the old one.
 */
export async function isForgotten(
  tx: Transaction,
  scope: Scope,
  prints: FactFingerprints,
  saidAt: Date,
): Promise<boolean> {
  const rows = await tx.select().from(memoryTombstones).where(among(scope, prints));
  return rows.some(({ fingerprint, deletedAt }) => fingerprint.equals(prints.text) || saidAt < deletedAt);
}

/** What was forgotten between two moments, as in the course of a call. */
export async function buriedBetween(
  tx: Transaction,
  { userId, persona }: Scope,
  from: Date,
  to: Date,
): Promise<Buffer[]> {
  const rows = await tx
    .select({ fingerprint: memoryTombstones.fingerprint })
    .from(memoryTombstones)
    .where(
      and(
        eq(memoryTombstones.userId, userId),
        eq(memoryTombstones.persona, persona),
        between(memoryTombstones.deletedAt, from, to),
      ),
    );
  return rows.map(({ fingerprint }) => fingerprint);
}

/** All that a user has had this persona forget, and all of them. */
export async function forgottenBy(tx: Transaction, { userId, persona }: Scope): Promise<Buffer[]> {
  const rows = await tx
    .select({ fingerprint: memoryTombstones.fingerprint })
    .from(memoryTombstones)
    .where(and(eq(memoryTombstones.userId, userId), inArray(memoryTombstones.persona, [persona, SHARED])));
  return rows.map(({ fingerprint }) => fingerprint);
}

/** The user says it anew: it may be remembered again. */
export async function liftTombstones(tx: Transaction, scope: Scope, prints: FactFingerprints): Promise<void> {
  await tx.delete(memoryTombstones).where(among(scope, prints));
}

function among({ userId, persona }: Scope, prints: FactFingerprints) {
  return and(
    eq(memoryTombstones.userId, userId),
    eq(memoryTombstones.persona, persona),
    inArray(memoryTombstones.fingerprint, listOf(prints)),
  );
}

function listOf({ text, slot }: FactFingerprints): Buffer[] {
  return slot === null ? [text] : [text, slot];
}
