import { and, asc, eq, sql } from 'drizzle-orm';
import type { Transaction } from '../../db/connection.ts';
import { commitments } from '../../db/schema/index.ts';
import { RingbackError } from '../errors.ts';
import type { FactFingerprints, Fingerprints } from './fingerprints.ts';
import { lockMemory, type Scope, touch } from './scope.ts';
import { bury } from './tombstones.ts';

/** What a user promised a persona: open until it was kept, broken, or moved to another day. */

export type Commitment = typeof commitments.$inferSelect;

export interface NewPromise {
  promise: string;
  dueAt: Date | null;
  callId: string | null;
  /** The words in which it was made; null where nobody heard them. */
  quote: string | null;
}

export interface Settlement {
  outcome: 'kept' | 'broken' | 'moved';
  at: Date;
  /** Until when instead; for what was moved. */
  dueAt: Date | null;
}

const MOST_OPEN = 50;

function within({ userId, persona }: Scope) {
  return and(eq(commitments.userId, userId), eq(commitments.persona, persona));
}

/** Promises that are neither kept nor broken, the next one due first. */
export function openPromises(tx: Transaction, scope: Scope): Promise<Commitment[]> {
  return tx
    .select()
    .from(commitments)
    .where(and(within(scope), eq(commitments.status, 'open')))
    .orderBy(asc(commitments.dueAt), asc(commitments.id))
    .limit(MOST_OPEN);
}

/** All of a relationship, the newest first. */
export function allPromises(tx: Transaction, scope: Scope): Promise<Commitment[]> {
  return tx
    .select()
    .from(commitments)
    .where(within(scope))
    .orderBy(sql`${commitments.createdAt} desc`, asc(commitments.id));
}

/** Takes a promise down; one that is open already is the same, and takes its new day. */
export async function makePromise(tx: Transaction, scope: Scope, made: NewPromise): Promise<Commitment> {
  await lockMemory(tx, scope.userId);
  await touch(tx, scope);
  const same = await openLike(tx, scope, made.promise);
  if (same === undefined)
    return first(
      await tx
        .insert(commitments)
        .values({ ...scope, ...made })
        .returning(),
    );
  if (made.dueAt === null) return same;
  return first(
    await tx.update(commitments).set({ dueAt: made.dueAt }).where(eq(commitments.id, same.id)).returning(),
  );
}

/** The open promise of these words. */
export async function openLike(
  tx: Transaction,
  scope: Scope,
  promise: string,
): Promise<Commitment | undefined> {
  const [row] = await tx
    .select()
    .from(commitments)
    .where(
      and(
        within(scope),
        eq(commitments.status, 'open'),
        sql`lower(${commitments.promise}) = lower(${promise})`,
      ),
    );
  return row;
}

/**
 * Says what became of an open promise. What was moved is settled as such and promised anew for its new day, so that it
 * can be seen how often something was put off.
 * @returns the promise, or the new one. @throws RingbackError `promise_unknown` where no open promise has this id.
 */
export async function settlePromise(
  tx: Transaction,
  scope: Scope,
  id: string,
  { outcome, at, dueAt }: Settlement,
): Promise<Commitment> {
  await lockMemory(tx, scope.userId);
  await touch(tx, scope);
  const [settled] = await tx
    .update(commitments)
    .set({ status: outcome, settledAt: at })
    .where(and(within(scope), eq(commitments.id, id), eq(commitments.status, 'open')))
    .returning();
  if (settled === undefined)
    throw new RingbackError('promise_unknown', 'There is no open promise of this id.', {
      remedy: 'Use the id of an open promise from the list.',
    });
  if (outcome !== 'moved') return settled;
  const { promise, callId, quote } = settled;
  return first(
    await tx
      .insert(commitments)
      .values({ ...scope, promise, callId, quote, dueAt })
      .returning(),
  );
}

/** By which a promise that was taken away is known again. */
export function printsOfPromise(fingerprints: Fingerprints, promise: string): FactFingerprints {
  return fingerprints.of({ category: 'commitment', text: promise });
}

/** Takes a promise away, as if it had not been made; no import brings it back. @throws RingbackError `promise_unknown`. */
export async function withdrawPromise(
  tx: Transaction,
  scope: Scope,
  fingerprints: Fingerprints,
  id: string,
): Promise<void> {
  await touch(tx, scope);
  const gone = await tx
    .delete(commitments)
    .where(and(within(scope), eq(commitments.id, id)))
    .returning({ promise: commitments.promise });
  for (const { promise } of gone) await bury(tx, scope, printsOfPromise(fingerprints, promise));
  if (gone.length === 0)
    throw new RingbackError('promise_unknown', 'There is no promise of this id.', {
      remedy: 'Use an id from the list.',
    });
}

function first<T>(rows: readonly T[]): T {
  const [row] = rows;
  if (row === undefined) throw new Error('the database returned no row');
  return row;
}
