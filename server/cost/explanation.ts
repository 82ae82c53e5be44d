import { sql } from 'drizzle-orm';
import type { Actor, Database } from '../../db/connection.ts';
import { centsOf, lineOf, minutesOf, type Row, sum } from './analytics.ts';
import { estimateCallCost } from './estimate.ts';
import { CARRIER_PRICE } from './late-costs.ts';
import type { RateCards } from './rate-card-store.ts';
import { SKUS, type Sku } from './skus.ts';

export interface Explanation {
  callId: string;
  totalCents: number;
  expectedCents: number;
  /** What made the call cost what it did, the most expensive first. */
  causes: Array<{ service: string; sku: Sku; cents: number; share: number; units: string; because: string }>;
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

/** What one call cost and why, and what of it was left to the house. */
export class CallExplanations {
  readonly #db: Database;
  readonly #rateCards: RateCards;

  constructor(db: Database, rateCards: RateCards) {
    this.#db = db;
    this.#rateCards = rateCards;
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

/** What stands out about a service in one call, in a sentence. */
function becauseOf(row: Row, minutes: number): string {
  const count = (name: string) => Number(row[name] ?? 0);
  const { unit } = SKUS[row.sku as Sku];
  const amount =
    unit === 'milliseconds' ? `${Math.round(count('units') / 1_000)} s` : `${count('units')} ${unit}`;
  const notes = [
    count('requests') === 1 ? amount : `${amount} in ${count('requests')} acts`,
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
