import { eq } from 'drizzle-orm';
import { Temporal } from 'temporal-polyfill';
import type { Actor, Database } from '../../db/connection.ts';
import { approvals, users } from '../../db/schema/index.ts';
import type { Preferences } from '../dialing/preferences.ts';
import type { Schedules } from '../dialing/schedules.ts';
import { RingbackError } from '../errors.ts';
import { momentIn, spokenMoment } from '../zoned-time.ts';
import type { CallBacks } from './ports.ts';
import type { CallRow } from './store.ts';

export interface CallBackParts {
  db: Database;
  schedules: Schedules;
  preferences: Preferences;
}

const SYSTEM: Actor = { kind: 'system', purpose: 'plan a call back' };

/** Calls that are agreed on in a call: for its user, by its persona, at the expense of whoever pays for it. */
export function callBacksOf(parts: CallBackParts, call: CallRow): CallBacks {
  return {
    async plan(at, promiseId) {
      const { timeZone, mandateId } = await termsOf(parts.db, call);
      const moment = momentIn(at, timeZone);
      if (moment === null)
        throw new RingbackError('due_unreadable', `"${at}" is no time.`, {
          remedy: 'Give a date and a time such as 2026-11-27T09:00.',
        });
      await parts.preferences.assertCallable(call.userId, moment);
      const local = Temporal.Instant.fromEpochMilliseconds(moment.getTime()).toZonedDateTimeISO(timeZone);
      await parts.schedules.create({
        userId: call.userId,
        persona: call.persona,
        onDate: local.toPlainDate().toString(),
        atTime: local.toPlainTime().toString({ smallestUnit: 'minute' }),
        mandateId,
        commitmentId: promiseId,
        callId: call.id,
        madeBy: 'call',
      });
      return spokenMoment(moment.getTime(), timeZone);
    },
  };
}

async function termsOf(db: Database, { id, userId, funding }: CallRow) {
  const [row] = await db.as(SYSTEM, (tx) =>
    tx
      .select({ timeZone: users.timeZone, mandateId: approvals.mandateId })
      .from(users)
      .leftJoin(approvals, eq(approvals.callId, id))
      .where(eq(users.id, userId)),
  );
  if (row === undefined) throw new Error(`call ${id} has no user`);
  if (funding === 'approved' && row.mandateId === null)
    throw new RingbackError('call_back_unpaid', 'Nobody has approved another call.', {
      remedy: 'Tell them that you cannot promise it: whoever pays has to be asked first.',
    });
  return row;
}
