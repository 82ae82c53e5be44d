import { eq } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { budgetWarnings, calls, userBudgetSettings } from '../../db/schema/index.ts';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';

/** A call has reached its warning: tells who has to know of it beside the callee, whom the persona tells. Never rejects. */
export type TellBudgetWarning = (
  callId: string,
  spent: { spentCents: number; capCents: number },
) => Promise<void>;

/** Enqueues a text to the user of a call, in the caller's transaction. */
export type QueueText = (
  tx: Transaction,
  text: { userId: string; callId: string; kind: 'budget-warning' },
) => Promise<void>;

const SYSTEM: Actor = { kind: 'system', purpose: 'tell of a budget warning' };

/** Notes a warning for panel and payer, who read it, and texts the user where they wish it: once for each call. */
export function budgetNotices(db: Database, queueText: QueueText, log: Logger): TellBudgetWarning {
  return async (callId, { spentCents, capCents }) => {
    const noting = db.as(SYSTEM, async (tx) => {
      const [row] = await tx
        .select({ userId: calls.userId, notify: userBudgetSettings.notify })
        .from(calls)
        .innerJoin(userBudgetSettings, eq(userBudgetSettings.userId, calls.userId))
        .where(eq(calls.id, callId));
      if (row === undefined) throw new Error(`call ${callId} has no user with a budget`);
      const [noted] = await tx
        .insert(budgetWarnings)
        .values({ callId, userId: row.userId, spentCents, capCents })
        .onConflictDoNothing()
        .returning({ callId: budgetWarnings.callId });
      if (noted !== undefined && row.notify.includes('sms'))
        await queueText(tx, { userId: row.userId, callId, kind: 'budget-warning' });
    });
    await noting.catch((error: unknown) =>
      log.error({ callId, problem: describeError(error) }, 'only the callee was told of a budget warning'),
    );
  };
}

/** The warning of a call, and whether the user wants its payer told; null when it was not reached. */
export async function warningOf(tx: Transaction, callId: string) {
  const [row] = await tx
    .select({
      spentCents: budgetWarnings.spentCents,
      capCents: budgetWarnings.capCents,
      at: budgetWarnings.at,
      notify: userBudgetSettings.notify,
    })
    .from(budgetWarnings)
    .innerJoin(userBudgetSettings, eq(userBudgetSettings.userId, budgetWarnings.userId))
    .where(eq(budgetWarnings.callId, callId));
  return row ?? null;
}
