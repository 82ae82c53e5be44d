import { cardFeeCents, type FeePolicy } from './card-fee.ts';
import { type MicroCents, toCents, toCentsByLargestRemainder } from './money.ts';
import type { Sku } from './skus.ts';

export interface ServiceLine {
  sku: Sku;
  units: string;
  requests: number;
  cents: number;
  /** Why another vendor than the first was used, where one was. */
  fallbackReason?: string;
}

export interface Bill {
  services: ServiceLine[];
  subtotalCents: number;
  stripeFeeCents: number;
  totalCostCents: number;
  vendorMicroCents: MicroCents;
}

/** What was used of one sku so far. */
export interface SkuTotal {
  units: bigint;
  requests: number;
  retail: MicroCents;
  fallbackReason: string | null;
}

export const EMPTY_BILL: Bill = {
  services: [],
  subtotalCents: 0,
  stripeFeeCents: 0,
  totalCostCents: 0,
  vendorMicroCents: 0n,
};

/** Rounds once, half up, and splits the rounded sum into lines that add up to it. */
export function billOf(
  totals: ReadonlyMap<Sku, SkuTotal>,
  vendorMicroCents: MicroCents,
  feePolicy: FeePolicy,
): Bill {
  const lines = [...totals.entries()];
  const cents = toCentsByLargestRemainder(lines.map(([, total]) => total.retail));
  const subtotalCents = toCents(lines.reduce((sum, [, total]) => sum + total.retail, 0n));
  const stripeFeeCents = cardFeeCents(feePolicy, subtotalCents);
  return {
    services: lines.map(([sku, { units, requests, fallbackReason }], i) => ({
      sku,
      units: units.toString(),
      requests,
      cents: cents[i] ?? 0,
      ...(fallbackReason === null ? {} : { fallbackReason }),
    })),
    subtotalCents,
    stripeFeeCents,
    totalCostCents: subtotalCents + stripeFeeCents,
    vendorMicroCents,
  };
}
