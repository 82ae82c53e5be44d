import { amountOf, ceilingDivide, type MicroCents, type Rate } from './money.ts';
import type { Sku } from './skus.ts';
import type { UsageVendor } from './usage.ts';

/** How one sku is priced. */
export interface Price {
  rate: Rate;
  /** Units are rounded up to a multiple of this before pricing; 60,000 ms bills each started minute. */
  increment: bigint;
  /** At least so many units are billed once there is one. */
  minimum: bigint;
  /** Added once per call, with the first unit: a connection fee. */
  fee: MicroCents;
  /** Where the figure comes from, and when it was read. */
  source: string;
}

/** A sku, or a sku at one vendor: `cerebras/llm.input.tokens`. The more exact one wins. */
export type PriceKey = Sku | `${UsageVendor}/${Sku}`;

/** A dated price list. It is never changed: a new price is a new version. */
export interface RateCard {
  id: string;
  kind: 'retail' | 'vendor';
  version: number;
  prices: Readonly<Partial<Record<PriceKey, Price>>>;
}

export type Prices = RateCard['prices'];

/** @throws when neither the vendor's sku nor the sku has a price: a card without one must not be published. */
export function priceOf(card: RateCard, vendor: UsageVendor, sku: Sku): Price {
  const price = card.prices[`${vendor}/${sku}`] ?? card.prices[sku];
  if (price === undefined) throw new Error(`rate card ${card.id} has no price for ${vendor}/${sku}`);
  return price;
}

/** The whole amount for so many units of a price in one call. Events store the differences of this. */
export function cumulativeAmount(price: Price, units: bigint): MicroCents {
  if (units <= 0n) return 0n;
  const billed = units < price.minimum ? price.minimum : units;
  return price.fee + amountOf(ceilingDivide(billed, price.increment) * price.increment, price.rate);
}
