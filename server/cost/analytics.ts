import { sql } from 'drizzle-orm';
import type { Actor, Database } from '../../db/connection.ts';
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

export interface Explanation {
  callId: string;
  totalCents: number;
  expectedCents: number;
  /** What made the call cost what it did, the most expensive first. */
  causes: Array<{ service: string; sku: Sku; cents: number; share: number; units: string; because: string }>;
}

type Row = Record<string, string | null>;

/** Sums over the cost events and bills; what a user may see is decided by the database. */
export class CostAnalytics {
  readonly #db: Database;
  readonly #rateCards: RateCards;

  constructor(db: Database, rateCards: RateCards) {
    this.#db = db;
    this.#rateCards = rateCards;
  }

  async summary(actor: Actor, period: Period): Promise<CostSummary> {
    const { bills, services, captured } = await this.#db.as(actor, async (tx) => {
      const which = sql`c.created_at >= ${period.from.toISOString()} and c.created_at < ${period.to.toISOString()}
        and (${period.userId}::uuid is null or c.user_id = ${period.userId}::uuid)`;
      return {
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
      comparison: compare(services, vendorCents),
      ...(money === undefined
        ? {}
        : { margin: marginOf(money, vendorCents, centsOf(sum(services, 'drift'))) }),
    };
  }

  /** What a call left to the house, as far as it is known; vendors' own prices and Stripe's fee come later. */
  async margin(actor: Actor, callId: string): Promise<CallMargin> {
    const [row] = await this.#db.as(actor, (tx) =>
      tx.execute<Row>(sql`
        select c.carrier_price_micro_cents as price, s.captured_cents as captured, s.refunded_cents as refunded,
          s.stripe_fee_cents as fee, sum(e.vendor_micro_cents) as vendor,
          coalesce(sum(e.vendor_micro_cents) filter (where e.reason = ${CARRIER_PRICE}), 0) as drift
        from calls c left join settlements s on s.call_id = c.id left join call_cost_events e on e.call_id = c.id
        where c.id = ${callId} group by 1, 2, 3, 4`),
    );
    const [captured, refunded, vendor] = [row?.captured, row?.refunded, row?.vendor].map((value) =>
      Number(value ?? 0),
    ) as [number, number, number];
    return {
      captured_cents: captured,
      refunded_cents: refunded,
      stripe_fee_cents: row?.fee == null ? null : Number(row.fee),
      vendor_cost_cents: centsOf(vendor),
      profit_margin_cents: captured - refunded - Number(row?.fee ?? 0) - centsOf(vendor),
      carrier:
        row?.price == null ? null : { price_micro_cents: row.price, drift_micro_cents: row.drift ?? '0' },
    };
  }

  /** Why a call cost what it did, held against the expected course of a call of its length. */
  async explain(actor: Actor, callId: string): Promise<Explanation | null> {
    const { bill, services } = await this.#db.as(actor, async (tx) => ({
      bill: (
        await tx.execute<Row>(sql`
          select b.total_cost_cents as total, c.fee_policy as policy, c.retail_card_id as card
          from call_cost_breakdowns b join calls c on c.id = b.call_id where b.call_id = ${callId}`)
      )[0],
      services: await tx.execute<Row>(sql`
        select e.sku, sum(retail_micro_cents) as retail,
          -- As billed: what was used after the end, such as by learning, is not its payer's.
          coalesce(max(line->>'units'), sum(units)::text) as units,
          coalesce(max(line->>'requests'), count(*)::text) as requests,
          count(*) filter (where outcome = 'aborted') as aborted, count(*) filter (where outcome = 'failed') as failed,
          count(*) filter (where reason like 'fallback%') as fallbacks, max(units) as largest
        from call_cost_events e left join call_cost_breakdowns b on b.call_id = e.call_id
          left join jsonb_array_elements(b.services) line on line->>'sku' = e.sku
        where e.call_id = ${callId} group by e.sku having sum(retail_micro_cents) > 0
        order by sum(retail_micro_cents) desc`),
    }));
    if (bill === undefined) return null;
    const minutes = minutesOf(services);
    const retail =
      bill.card == null ? await this.#rateCards.current('retail') : await this.#rateCards.byId(bill.card);
    const feePolicy = bill.policy === 'gross_up' ? 'gross_up' : 'on_subtotal';
    const subtotal = sum(services, 'retail');
    return {
      callId,
      totalCents: Number(bill.total),
      expectedCents: estimateCallCost(Math.ceil(minutes), 0, { retail, feePolicy }).total_cents,
      causes: services.map((row) => ({
        ...lineOf(row, subtotal),
        units: row.units ?? '0',
        because: becauseOf(row, minutes),
      })),
    };
  }
}

/** Of one call, for admins: what was taken, what Stripe and the vendors took of it, and what is left. */
export interface CallMargin {
  captured_cents: number;
  refunded_cents: number;
  /** Null until Stripe has said what it keeps. */
  stripe_fee_cents: number | null;
  vendor_cost_cents: number;
  profit_margin_cents: number;
  /** What the carrier charges, beside what our list made of it; null until it has said so. */
  carrier: { price_micro_cents: string; drift_micro_cents: string } | null;
}

function lineOf(row: Row, subtotal: number) {
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

/** What stands out about a service in one call, in a sentence. */
function becauseOf(row: Row, minutes: number): string {
  const count = (name: string) => Number(row[name] ?? 0);
  const { unit } = SKUS[row.sku as Sku];
  const amount =
    unit === 'milliseconds' ? `${Math.round(count('units') / 1_000)} s` : `${count('units')} ${unit}`;
  const notes = [
    `${amount} in ${count('requests')} acts`,
    ...(minutes > 0 && unit !== 'milliseconds'
      ? [`${Math.round(count('units') / minutes)} ${unit} a minute`]
      : []),
    ...(count('aborted') > 0 ? [`${count('aborted')} broken off after they were paid for`] : []),
    ...(count('failed') > 0 ? [`${count('failed')} failed`] : []),
    ...(count('fallbacks') > 0 ? [`${count('fallbacks')} went to the second model`] : []),
    ...(row.sku === 'llm.input.tokens' ? [`the largest prompt had ${count('largest')} tokens`] : []),
  ];
  return `${notes.join('; ')}.`;
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

function minutesOf(services: readonly Row[]): number {
  return services
    .filter(({ sku }) => sku?.startsWith('telephony.'))
    .reduce((minutes, { units }) => minutes + Number(units) / 60_000, 0);
}

function sum(rows: readonly Row[], name: string): number {
  return rows.reduce((total, row) => total + Number(row[name] ?? 0), 0);
}

function centsOf(microCents: number): number {
  return Math.round(microCents / Number(MICRO_CENTS_PER_CENT));
}
