import { eq, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { settings, userBudgetSettings } from '../../db/schema/index.ts';
import { changeSetting, readSetting, settingChanged, type Versioned } from '../settings.ts';
import { type Sponsorship, sponsorshipLimits } from './limits.ts';

export type BudgetSettings = Omit<typeof userBudgetSettings.$inferSelect, 'userId' | 'updatedAt'>;

const SPONSORSHIP = 'sponsorship';
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

  /**
   * Changes some of a user's settings; the others stay.
   * @param change with the version that it was made from, where somebody has looked at one.
   * @throws RingbackError `setting_changed` when somebody else was quicker.
   */
  async change(
    actor: Actor,
    userId: string,
    { version: seen, ...change }: Partial<BudgetSettings>,
  ): Promise<BudgetSettings> {
    return this.#db.as(actor, async (tx) => {
      const before = await settingsOf(tx, userId); // locked: nobody comes in between
      if (seen !== undefined && seen !== before.version) throw settingChanged();
      await tx
        .update(userBudgetSettings)
        .set({ ...change, version: before.version + 1, updatedAt: new Date() })
        .where(eq(userBudgetSettings.userId, userId));
      return settingsOf(tx, userId);
    });
  }

  /** What the user's calls have cost, and may still cost, in their day and month. */
  spent(actor: Actor, userId: string): Promise<{ dayCents: number; monthCents: number }> {
    return this.#db.as(actor, (tx) => spentBy(tx, userId));
  }

  /** What the house gives away. */
  async sponsorship(actor: Actor): Promise<Versioned<Sponsorship>> {
    const row = await this.#db.as(actor, (tx) => readSetting(tx, SPONSORSHIP));
    return { version: row?.version ?? 0, value: sponsorshipLimits.parse(row?.value ?? DEFAULT_SPONSORSHIP) };
  }

  /** @throws RingbackError `setting_changed` when somebody else was quicker. */
  async setSponsorship(actor: Actor, value: Sponsorship, seen: number): Promise<Versioned<Sponsorship>> {
    await this.#db.as(actor, (tx) => changeSetting(tx, SPONSORSHIP, value, seen));
    return this.sponsorship(actor);
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
  await tx
    .insert(settings)
    .values({ name: SPONSORSHIP, value: DEFAULT_SPONSORSHIP, version: 0 })
    .onConflictDoNothing();
  const [row] = await tx.select().from(settings).where(eq(settings.name, SPONSORSHIP)).for('update');
  const { perCallCents, perDayCents } = sponsorshipLimits.parse(row?.value);
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
