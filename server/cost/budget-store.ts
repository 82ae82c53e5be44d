import { eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { settings, userBudgetSettings } from '../../db/schema/index.ts';

export type BudgetSettings = Omit<typeof userBudgetSettings.$inferSelect, 'userId' | 'updatedAt'>;

/** What the house gives away: a call that nobody else pays for costs it at most this, and all of a day (UTC) this. */
const sponsorship = z.object({ perCallCents: z.number().int().min(0), perDayCents: z.number().int().min(0) });
export type Sponsorship = z.infer<typeof sponsorship>;
const DEFAULT_SPONSORSHIP: Sponsorship = { perCallCents: 1_000, perDayCents: 20_000 };

/** What may be spent, and what of it is spent or promised already. */
export class Budgets {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async of(actor: Actor, userId: string): Promise<BudgetSettings> {
    return this.#db.as(actor, async (tx) => settingsOf(tx, userId));
  }

  /** Changes some of a user's settings; the others stay. */
  async change(actor: Actor, userId: string, change: Partial<BudgetSettings>): Promise<BudgetSettings> {
    return this.#db.as(actor, async (tx) => {
      await settingsOf(tx, userId);
      await tx
        .update(userBudgetSettings)
        .set({ ...change, updatedAt: new Date() })
        .where(eq(userBudgetSettings.userId, userId));
      return settingsOf(tx, userId);
    });
  }

  async setSponsorship(actor: Actor, value: Sponsorship): Promise<void> {
    const row = { value: sponsorship.parse(value), updatedAt: new Date() };
    await this.#db.as(actor, (tx) =>
      tx
        .insert(settings)
        .values({ name: 'sponsorship', ...row })
        .onConflictDoUpdate({ target: settings.name, set: row }),
    );
  }
}

/** The user's settings, locked until the transaction ends: two calls of a user are funded one after the other. */
async function settingsOf(tx: Transaction, userId: string): Promise<BudgetSettings> {
  await tx.insert(userBudgetSettings).values({ userId }).onConflictDoNothing();
  const [row] = await tx
    .select()
    .from(userBudgetSettings)
    .where(eq(userBudgetSettings.userId, userId))
    .for('update');
  if (row === undefined) throw new Error(`user ${userId} has no budget settings`);
  const { userId: _id, updatedAt: _at, ...values } = row;
  return values;
}

/** What a new call of the user may cost, and where its warning is. Locks the user's budget until the transaction ends. */
export async function budgetFor(
  tx: Transaction,
  userId: string,
): Promise<{ settings: BudgetSettings; leftCents: number }> {
  const own = await settingsOf(tx, userId);
  const spent = await spentBy(tx, userId);
  const leftCents = Math.min(
    own.maxCostPerCallCents,
    own.maxCostPerDayCents - spent.dayCents,
    own.maxCostPerMonthCents - spent.monthCents,
  );
  return { settings: own, leftCents: Math.max(0, leftCents) };
}

/** What the house may still give to a new call. Locks the house's budget until the transaction ends. */
export async function sponsorshipLeft(tx: Transaction): Promise<number> {
  await tx.insert(settings).values({ name: 'sponsorship', value: DEFAULT_SPONSORSHIP }).onConflictDoNothing();
  const [row] = await tx.select().from(settings).where(eq(settings.name, 'sponsorship')).for('update');
  const { perCallCents, perDayCents } = sponsorship.parse(row?.value);
  const [today] = await tx.execute<{ cents: string }>(sql`
    select coalesce(sum(coalesce(b.total_cost_cents, c.cap_cents)), 0) as cents
    from calls c left join call_cost_breakdowns b on b.call_id = c.id
    where c.funding = 'sponsored' and c.created_at >= date_trunc('day', now() at time zone 'UTC') at time zone 'UTC'`);
  return Math.max(0, Math.min(perCallCents, perDayCents - Number(today?.cents ?? 0)));
}

/** Spent and promised in the user's day and month: an open call counts with its whole cap. */
async function spentBy(tx: Transaction, userId: string): Promise<{ dayCents: number; monthCents: number }> {
  const [row] = await tx.execute<{ day: string; month: string }>(sql`
    with mine as (
      select coalesce(b.total_cost_cents, c.cap_cents) as cents, c.created_at at time zone u.time_zone as at,
        now() at time zone u.time_zone as now
      from calls c join users u on u.id = c.user_id left join call_cost_breakdowns b on b.call_id = c.id
      where c.user_id = ${userId} and c.created_at > now() - interval '32 days')
    select coalesce(sum(cents) filter (where at >= date_trunc('day', now)), 0) as day,
      coalesce(sum(cents) filter (where at >= date_trunc('month', now)), 0) as month from mine`);
  return { dayCents: Number(row?.day ?? 0), monthCents: Number(row?.month ?? 0) };
}
