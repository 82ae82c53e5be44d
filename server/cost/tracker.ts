import type { Sku, Usage } from '../call/ports.ts';
import type { Clock } from '../clock.ts';
import { type MicroCents, stripeFeeCents, toCents, toCentsByLargestRemainder } from './money.ts';
import { cumulativeAmount, type RateCard } from './rate-card.ts';

/** One row of the append-only record of what a call consumed. */
export interface CostEvent {
  seq: number;
  type: Usage['type'];
  vendor: Usage['vendor'];
  sku: Sku;
  units: bigint;
  retailMicroCents: MicroCents;
  vendorMicroCents: MicroCents;
  vendorReference: string;
  outcome: Usage['outcome'];
  reason: string | null;
  at: Date;
}

export interface ServiceLine {
  sku: Sku;
  units: string;
  requests: number;
  cents: number;
}

export interface Bill {
  services: ServiceLine[];
  subtotalCents: number;
  stripeFeeCents: number;
  totalCostCents: number;
  vendorMicroCents: MicroCents;
}

/**
 * The running bill of one call, in memory: recording a usage is arithmetic and never waits.
 * The amount of a sku is priced on its cumulative units, and each event stores the difference it makes,
 * so that rounding never adds up and a started minute is billed once.
 */
export class CostTracker {
  readonly #cards: { retail: RateCard; vendor: RateCard };
  readonly #clock: Clock;
  readonly #totals = new Map<
    Sku,
    { units: bigint; requests: number; retail: MicroCents; vendor: MicroCents }
  >();
  /** Units already counted for each act, so that the truth can replace an upper bound and a repeat counts nothing. */
  readonly #acts = new Map<string, { units: bigint; reports: number; outcome: Usage['outcome'] }>();
  #pending: CostEvent[] = [];
  #nextSeq = 0;

  constructor(cards: { retail: RateCard; vendor: RateCard }, clock: Clock) {
    this.#cards = cards;
    this.#clock = clock;
  }

  /** Counts an act, or corrects what was counted for it before. */
  record(usage: Usage): void {
    const key = `${usage.vendor}/${usage.sku}/${usage.reference}`;
    const act = this.#acts.get(key);
    const units = BigInt(Math.max(0, Math.ceil(usage.units)));
    const change = units - (act?.units ?? 0n);
    if (act !== undefined && change === 0n && act.outcome === usage.outcome) return;
    const reports = (act?.reports ?? 0) + 1;
    this.#acts.set(key, { units, reports, outcome: usage.outcome });

    const total = this.#totals.get(usage.sku) ?? { units: 0n, requests: 0, retail: 0n, vendor: 0n };
    const newUnits = total.units + change;
    const retail = cumulativeAmount(this.#cards.retail, usage.sku, newUnits);
    const vendor = cumulativeAmount(this.#cards.vendor, usage.sku, newUnits);
    this.#totals.set(usage.sku, {
      units: newUnits,
      requests: total.requests + (act === undefined ? 1 : 0),
      retail,
      vendor,
    });
    this.#pending.push({
      seq: this.#nextSeq,
      type: usage.type,
      vendor: usage.vendor,
      sku: usage.sku,
      units: change,
      retailMicroCents: retail - total.retail,
      vendorMicroCents: vendor - total.vendor,
      vendorReference: reports === 1 ? usage.reference : `${usage.reference}#${reports}`,
      outcome: usage.outcome,
      reason: usage.reason ?? null,
      at: new Date(this.#clock.wallMs()),
    });
    this.#nextSeq += 1;
  }

  /** The bill as it stands: what the payer would pay if the call ended now. */
  bill(): Bill {
    const lines = [...this.#totals.entries()];
    const cents = toCentsByLargestRemainder(lines.map(([, total]) => total.retail));
    const subtotalCents = toCents(lines.reduce((sum, [, total]) => sum + total.retail, 0n));
    const fee = stripeFeeCents(subtotalCents);
    return {
      services: lines.map(([sku, total], i) => ({
        sku,
        units: total.units.toString(),
        requests: total.requests,
        cents: cents[i] ?? 0,
      })),
      subtotalCents,
      stripeFeeCents: fee,
      totalCostCents: subtotalCents + fee,
      vendorMicroCents: lines.reduce((sum, [, total]) => sum + total.vendor, 0n),
    };
  }

  /** Events that have not been saved yet, oldest first. They stay until `saved` names how many were. */
  unsaved(): readonly CostEvent[] {
    return this.#pending;
  }

  saved(count: number): void {
    this.#pending = this.#pending.slice(count);
  }
}
