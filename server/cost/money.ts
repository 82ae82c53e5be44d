/** Exact money: integer micro-cents, 1e-8 US dollars. Only this module turns it into cents or text. */
export type MicroCents = bigint;

export const MICRO_CENTS_PER_CENT = 1_000_000n;

/** A price as an exact fraction: `microCents` for every `per` units. */
export interface Rate {
  microCents: MicroCents;
  per: bigint;
}

/** Parses dollars written as text, such as '0.0065', without floating point. */
export function usd(amount: string): MicroCents {
  const match = /^(\d+)(?:\.(\d{1,8}))?$/.exec(amount);
  if (match === null) throw new Error(`not an amount of dollars with at most eight decimals: ${amount}`);
  return BigInt(match[1] ?? '0') * 100_000_000n + BigInt((match[2] ?? '').padEnd(8, '0'));
}

/** What `units` cost at a rate, rounded up to the micro-cent. */
export function amountOf(units: bigint, rate: Rate): MicroCents {
  return ceilingDivide(units * rate.microCents, rate.per);
}

export function ceilingDivide(dividend: bigint, divisor: bigint): bigint {
  return dividend <= 0n ? 0n : (dividend + divisor - 1n) / divisor;
}

/** Rounds half up to whole cents. Done once for a bill, at the freeze. */
export function toCents(amount: MicroCents): number {
  return Number((amount + MICRO_CENTS_PER_CENT / 2n) / MICRO_CENTS_PER_CENT);
}

/** Cents for people who read dollars and cents of a single service: 2.15, not 2. Never added up. */
export function toExactCents(amount: MicroCents): number {
  return Number(amount) / Number(MICRO_CENTS_PER_CENT);
}

/**
 * Whole cents for each part so that they add up to the rounded total (largest remainder method):
 * a receipt whose lines do not add up is wrong however each was rounded.
 */
export function toCentsByLargestRemainder(parts: readonly MicroCents[]): number[] {
  const total = toCents(parts.reduce((sum, part) => sum + part, 0n));
  const cents = parts.map((part) => Number(part / MICRO_CENTS_PER_CENT));
  const missing = total - cents.reduce((sum, value) => sum + value, 0);
  const byRemainder = parts
    .map((part, index) => ({ index, remainder: part % MICRO_CENTS_PER_CENT }))
    .sort((a, b) => Number(b.remainder - a.remainder) || a.index - b.index);
  for (const { index } of byRemainder.slice(0, missing)) cents[index] = (cents[index] ?? 0) + 1;
  return cents;
}

/** '$3.41' */
export function formatCents(cents: number): string {
  const sign = cents < 0 ? '-' : '';
  const absolute = Math.abs(cents);
  return `${sign}$${Math.floor(absolute / 100)}.${String(absolute % 100).padStart(2, '0')}`;
}
