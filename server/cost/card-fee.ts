/**
 * What taking a card costs, and how it gets into the payer's total.
 * 2.9 % + 30 c a successful charge, on the amount charged. Source: stripe.com/pricing (US cards), read 2026-09-20.
 */
const PERCENT_TIMES_TEN = 29;
const FIXED_CENTS = 30;
/** Below this, Stripe refuses a charge; such a bill is waived. Source: PaymentIntent.amount, stripe 23.1.0. */
export const SMALLEST_CHARGE_CENTS = 50;

/**
 * `on_subtotal` is the customer's rule: the fee of the subtotal is added (302 -> 341, 287 -> 325). It is up to 18 c
 * short, because Stripe takes its share of the total. `gross_up` charges the total that leaves the subtotal.
 */
export const FEE_POLICIES = ['on_subtotal', 'gross_up'] as const;
export type FeePolicy = (typeof FEE_POLICIES)[number];

/** The card fee that is added to a subtotal. Nothing to charge costs nothing. */
export function cardFeeCents(policy: FeePolicy, subtotalCents: number): number {
  if (subtotalCents <= 0) return 0;
  if (policy === 'on_subtotal') return Math.round((subtotalCents * PERCENT_TIMES_TEN) / 1_000 + FIXED_CENTS);
  // The closed form, rounded up: never short, at most a cent above the least total (checked up to $200).
  const total = Math.ceil(((subtotalCents + FIXED_CENTS) * 1_000) / (1_000 - PERCENT_TIMES_TEN));
  return total - subtotalCents;
}

export function withCardFee(policy: FeePolicy, subtotalCents: number): number {
  return subtotalCents + cardFeeCents(policy, subtotalCents);
}

/** What Stripe will keep of a charge, as far as it can be known before Stripe has said so. */
export function expectedStripeFeeCents(chargedCents: number): number {
  return chargedCents <= 0 ? 0 : Math.round((chargedCents * PERCENT_TIMES_TEN) / 1_000 + FIXED_CENTS);
}

/** The largest subtotal whose total stays within `limitCents`; 0 when not even the fee fits. */
export function largestSubtotalWithin(policy: FeePolicy, limitCents: number): number {
  let low = 0;
  let high = Math.max(0, limitCents);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (withCardFee(policy, middle) <= limitCents) low = middle;
    else high = middle - 1;
  }
  return low;
}
