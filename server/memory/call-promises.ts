import { eq } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { users } from '../../db/schema/index.ts';
import type { CallMemory, MadePromise } from '../call/ports.ts';
import type { Clock } from '../clock.ts';
import { RingbackError } from '../errors.ts';
import { momentIn, spokenMoment } from '../zoned-time.ts';
import { type Commitment, makePromise, openPromises, settlePromise } from './commitments.ts';
import type { Scope } from './scope.ts';

type Promises = Pick<CallMemory, 'promises' | 'promise' | 'settlePromise'>;

/** The promises of one call's user to its persona, with the rights of that user and in their own time. */
export function promisesOf(
  { db, clock }: { db: Database; clock: Clock },
  scope: Scope,
  callId: string,
): Promises {
  const actor: Actor = { kind: 'user', userId: scope.userId };
  const inTheirZone = <T>(work: (tx: Transaction, timeZone: string) => Promise<T>) =>
    db.as(actor, async (tx) => {
      const [user] = await tx
        .select({ timeZone: users.timeZone })
        .from(users)
        .where(eq(users.id, scope.userId));
      return work(tx, user?.timeZone ?? 'UTC');
    });
  return {
    promises: () =>
      inTheirZone(async (tx, zone) => (await openPromises(tx, scope)).map((row) => told(row, zone))),
    promise: (promise, due) =>
      inTheirZone(async (tx, zone) => {
        const dueAt = due === null ? null : dueMoment(due, zone);
        return told(await makePromise(tx, scope, { promise, dueAt, callId, quote: null }), zone);
      }),
    async settlePromise(id, outcome, due) {
      try {
        return await inTheirZone(async (tx, zone) => {
          const dueAt = due === null ? null : dueMoment(due, zone);
          const at = new Date(clock.wallMs());
          return told(await settlePromise(tx, scope, id, { outcome, at, dueAt }), zone);
        });
      } catch (error) {
        if (error instanceof RingbackError && error.code === 'promise_unknown') return null;
        throw error;
      }
    },
  };
}

function dueMoment(due: string, zone: string): Date {
  const moment = momentIn(due, zone);
  if (moment !== null) return moment;
  throw new RingbackError('due_unreadable', `"${due}" is no date.`, {
    remedy: 'Give a date, or a date and a time, such as 2026-11-27T09:00.',
  });
}

function told({ id, promise, status, dueAt }: Commitment, zone: string): MadePromise {
  return { id, promise, status, due: dueAt === null ? null : spokenMoment(dueAt.getTime(), zone) };
}
