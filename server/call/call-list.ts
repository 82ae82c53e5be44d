import { and, desc, eq, getTableColumns, inArray, lt, type SQL } from 'drizzle-orm';
import type { Actor, Database } from '../../db/connection.ts';
import { callCostBreakdowns, calls, users } from '../../db/schema/index.ts';
import type { CallRow } from './store.ts';

/** A call with whom it is with, and what it did cost; null while that is not known. */
export type ListedCall = CallRow & { displayName: string; totalCostCents: number | null };

/** Which calls; what is left out does not narrow. */
export interface CallFilter {
  id?: string;
  state?: 'planned' | 'under-way' | 'ended';
  userId?: string;
  persona?: string;
  /** Only older ones than this. */
  before?: Date;
  limit: number;
}

const UNDER_WAY = ['dialing', 'ringing', 'live'] as const;

/** Calls that the actor may see, newest first. */
export function listCalls(db: Database, actor: Actor, filter: CallFilter): Promise<ListedCall[]> {
  return db.as(actor, (tx) =>
    tx
      .select({
        ...getTableColumns(calls),
        displayName: users.displayName,
        totalCostCents: callCostBreakdowns.totalCostCents,
      })
      .from(calls)
      .innerJoin(users, eq(users.id, calls.userId))
      .leftJoin(callCostBreakdowns, eq(callCostBreakdowns.callId, calls.id))
      .where(and(...conditions(filter)))
      .orderBy(desc(calls.createdAt))
      .limit(filter.limit),
  );
}

function conditions({ id, state, userId, persona, before }: CallFilter): Array<SQL | undefined> {
  return [
    id === undefined ? undefined : eq(calls.id, id),
    state === 'under-way' ? inArray(calls.state, UNDER_WAY) : undefined,
    state === 'planned' || state === 'ended' ? eq(calls.state, state) : undefined,
    userId === undefined ? undefined : eq(calls.userId, userId),
    persona === undefined ? undefined : eq(calls.persona, persona),
    before === undefined ? undefined : lt(calls.createdAt, before),
  ];
}
