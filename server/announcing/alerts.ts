import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { alerts } from '../../db/schema/index.ts';
import { announce } from './announce.ts';

const NEWEST = 200;

/** Tells a person of something about a call, once for each kind; without a call, until it is cleared. */
export async function raiseAlert(
  tx: Transaction,
  callId: string | null,
  kind: string,
  detail: string,
): Promise<void> {
  const [raised] = await tx
    .insert(alerts)
    .values({ callId, kind, detail })
    .onConflictDoNothing()
    .returning({ id: alerts.id });
  if (raised !== undefined)
    await announce(tx, { type: 'alert.raised', callId, userId: null, data: { kind, detail } });
}

/** What the house was alerted of is over: the next time is told again. */
export async function clearAlert(tx: Transaction, kind: string): Promise<void> {
  await tx
    .update(alerts)
    .set({ clearedAt: sql`now()` })
    .where(and(eq(alerts.kind, kind), isNull(alerts.callId), isNull(alerts.clearedAt)));
}

/** Newest first, those that still hold before those that are over. */
export function listAlerts(db: Database, actor: Actor) {
  return db.as(actor, (tx) =>
    tx.select().from(alerts).orderBy(sql`${alerts.clearedAt} is not null`, desc(alerts.id)).limit(NEWEST),
  );
}
