import { type SQL, sql } from 'drizzle-orm';
import type { Actor, Database } from '../../db/connection.ts';
import type { FeePolicy } from './card-fee.ts';
import { estimateCallCost } from './estimate.ts';
import { CARRIER_PRICE } from './late-costs.ts';
import { MICRO_CENTS_PER_CENT } from './money.ts';
import type { RateCards } from './rate-card-store.ts';
import { SKUS, type Sku } from './skus.ts';

/** What the customer paid for an ElevenLabs agent, in cents a minute. Source: the customer's summary of the accountability caller, "Cost Comparison". */
const FORMER_CENTS_PER_MINUTE = { low: 10, high: 30 };

export interface Period {
  from: Date;
  to: Date;
  /** Null for all users, which only an admin sees. */
  userId: string | null;
}

interface Spent {
  calls: number;
  totalCents: number;
}

export interface CostSummary extends Spent {
  byDay: Array<Spent & { day: string }>;
  byPersona: Array<Spent & { persona: string }>;
  byService: Array<{ service: string; sku: Sku; cents: number; share: number }>;
  /** How calls ended, those without a bill included. */
  byEnd: Array<{ endReason: string; calls: number }>;
  /** For admins: the users whose calls cost most. */
  byUser?: Array<Spent & { userId: string; displayName: string }>;
  /** What the same calls would be expected to cost by today’s price list, from their length alone. */
  expectedCents: number;
  /** The same calls at the customer's former price, against what the vendors charge for them now. */
  comparison: {
    minutes: number;
    vendorCents: number;
    formerCents: { low: number; high: number };
    /** Share of the former price that is saved; null when there was no call. */
    saved: { low: number; high: number } | null;
  };
  /** For admins: what was captured, what Stripe and the vendors took of it, and what is left. */
  margin?: {
    capturedCents: number;
    stripeFeeCents: number;
    /** What disputes took, with Stripe's fee for each. */
    disputedCents: number;
    vendorCents: number;
    /** What the vendors charge for no call. */
    houseCents: number;
    /** Of the vendors' charges, by how much the carrier's own prices differ from our list. */
    carrierDriftCents: number;
    marginCents: number;
  };
}

export type Row = Record<string, string | null>;

const MOST_USERS = 50;

/** The calls of a period, as `c` in a query. */
export function callsOf({ from, to, userId }: Period): SQL {
  return sql`c.created_at >= ${from.toISOString()} and c.created_at < ${to.toISOString()}
    and (${userId}::uuid is null or c.user_id = ${userId}::uuid)`;
}

/** Sums over the cost events and bills; what a user may see is decided by the database. */
export class CostAnalytics {
  readonly #db: Database;
  readonly #rateCards: RateCards;

  readonly #feePolicy: FeePolicy;

  constructor(db: Database, rateCards: RateCards, feePolicy: FeePolicy) {
    this.#db = db;
    this.#rateCards = rateCards;
    this.#feePolicy = feePolicy;
  }

  async summary(actor: Actor, period: Period): Promise<CostSummary> {
    const { bills, services, captured, ends, users, lengths } = await this.#db.as(actor, async (tx) => {
      const which = callsOf(period);
      return {
        ends: await tx.execute<Row>(sql`
          select coalesce(c.end_reason, '') as reason, count(*) as calls from calls c
          where ${which} and c.state = 'ended' group by 1 order by 2 desc, 1`),
        users: actor.kind === 'user' ? null : await tx.execute<Row>(usersByCost(which)),
        lengths: await tx.execute<Row>(sql`
          select ceil(m.units / 60000.0) as minutes, count(*) as calls from (
            select sum(e.units) as units from call_cost_events e join calls c on c.id = e.call_id
              join call_cost_breakdowns b on b.call_id = c.id
            where ${which} and e.sku like 'telephony.%' group by e.call_id) m
          group by 1`),
        bills: await tx.execute<Row>(sql`
          select to_char(c.created_at at time zone u.time_zone, 'YYYY-MM-DD') as day, c.persona, count(*) as calls,
            sum(b.total_cost_cents) as total
          from calls c join users u on u.id = c.user_id join call_cost_breakdowns b on b.call_id = c.id
          where ${which} group by 1, 2 order by 1, 2`),
        services: await tx.execute<Row>(sql`
          select e.sku, sum(e.retail_micro_cents) as retail, sum(e.vendor_micro_cents) as vendor, sum(e.units) as units,
            sum(e.vendor_micro_cents) filter (where e.reason = ${CARRIER_PRICE}) as drift
          from call_cost_events e join calls c on c.id = e.call_id where ${which} group by 1`),
        captured:
          actor.kind === 'user'
            ? []
            : await tx.execute<Row>(sql`
                select coalesce(sum(s.captured_cents - s.refunded_cents), 0) as captured,
                  coalesce(sum((select sum(case d.state when 'lost' then d.amount_cents else 0 end + d.fee_cents)
                    from disputes d where d.call_id = s.call_id)), 0) as disputed,
                  coalesce(sum(s.stripe_fee_cents), 0) as fee,
                  (select coalesce(sum(h.vendor_micro_cents), 0) from house_costs h
                    where h.at >= ${period.from.toISOString()} and h.at < ${period.to.toISOString()}) as house
                from settlements s join calls c on c.id = s.call_id where ${which}`),
      };
    });
    const vendorCents = centsOf(sum(services, 'vendor'));
    const [money] = captured;
    return {
      calls: sum(bills, 'calls'),
      totalCents: sum(bills, 'total'),
      byDay: groupBills(bills, 'day').map(({ key, ...spent }) => ({ day: key, ...spent })),
      byPersona: groupBills(bills, 'persona').map(({ key, ...spent }) => ({ persona: key, ...spent })),
      byService: byService(services),
      byEnd: ends.map(({ reason, calls }) => ({ endReason: reason ?? '', calls: Number(calls) })),
      ...(users === null ? {} : { byUser: users.map(userRow) }),
      expectedCents: await this.#expected(lengths),
      comparison: compare(services, vendorCents),
      ...(money === undefined
        ? {}
        : { margin: marginOf(money, vendorCents, centsOf(sum(services, 'drift'))) }),
    };
  }

  async #expected(lengths: readonly Row[]): Promise<number> {
    const terms = { retail: await this.#rateCards.current('retail'), feePolicy: this.#feePolicy };
    return lengths.reduce(
      (cents, { minutes, calls }) =>
        cents + Number(calls) * estimateCallCost(Number(minutes), 0, terms).total_cents,
      0,
    );
  }
}

function usersByCost(which: SQL): SQL {
  return sql`
    select c.user_id as id, u.display_name as name, count(*) as calls, sum(b.total_cost_cents) as total
    from calls c join users u on u.id = c.user_id join call_cost_breakdowns b on b.call_id = c.id
    where ${which} group by 1, 2 order by 4 desc limit ${MOST_USERS}`;
}

function userRow({ id, name, calls, total }: Row) {
  return { userId: id ?? '', displayName: name ?? '', calls: Number(calls), totalCents: Number(total) };
}

/** A service's line in a summary or an explanation. */
export function lineOf(row: Row, subtotal: number) {
  const sku = row.sku as Sku;
  const retail = Number(row.retail);
  return {
    service: SKUS[sku].name,
    sku,
    cents: centsOf(retail),
    share: subtotal === 0 ? 0 : Math.round((retail / subtotal) * 1_000) / 1_000,
  };
}

function byService(services: readonly Row[]): CostSummary['byService'] {
  const subtotal = sum(services, 'retail');
  return services
    .filter((row) => Number(row.retail) > 0)
    .map((row) => lineOf(row, subtotal))
    .sort((a, b) => b.cents - a.cents);
}

function compare(services: readonly Row[], vendorCents: number): CostSummary['comparison'] {
  const minutes = minutesOf(services);
  const formerCents = {
    low: Math.round(minutes * FORMER_CENTS_PER_MINUTE.low),
    high: Math.round(minutes * FORMER_CENTS_PER_MINUTE.high),
  };
  const saved = (former: number) => Math.round((1 - vendorCents / former) * 1_000) / 1_000;
  return {
    minutes: Math.round(minutes * 100) / 100,
    vendorCents,
    formerCents,
    saved: formerCents.low === 0 ? null : { low: saved(formerCents.low), high: saved(formerCents.high) },
  };
}

function marginOf(
  money: Row,
  vendorCents: number,
  carrierDriftCents: number,
): NonNullable<CostSummary['margin']> {
  const capturedCents = Number(money.captured);
  const stripeFeeCents = Number(money.fee);
  const houseCents = centsOf(Number(money.house));
  const disputedCents = Number(money.disputed);
  const marginCents = capturedCents - stripeFeeCents - disputedCents - vendorCents - houseCents;
  return {
    capturedCents,
    stripeFeeCents,
    disputedCents,
    vendorCents,
    houseCents,
    carrierDriftCents,
    marginCents,
  };
}

function groupBills(bills: readonly Row[], by: 'day' | 'persona'): Array<Spent & { key: string }> {
  const groups = new Map<string, Spent>();
  for (const row of bills) {
    const spent = groups.get(row[by] ?? '') ?? { calls: 0, totalCents: 0 };
    groups.set(row[by] ?? '', {
      calls: spent.calls + Number(row.calls),
      totalCents: spent.totalCents + Number(row.total),
    });
  }
  return [...groups].map(([key, spent]) => ({ key, ...spent }));
}

export function minutesOf(services: readonly Row[]): number {
  return services
    .filter(({ sku }) => sku?.startsWith('telephony.'))
    .reduce((minutes, { units }) => minutes + Number(units) / 60_000, 0);
}

export function sum(rows: readonly Row[], name: string): number {
  return rows.reduce((total, row) => total + Number(row[name] ?? 0), 0);
}

export function centsOf(microCents: number): number {
  return Math.round(microCents / Number(MICRO_CENTS_PER_CENT));
}
