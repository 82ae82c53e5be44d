import type { FeePolicy } from './card-fee.ts';
import type { RateCard } from './rate-card.ts';

/** What a call's costs are reckoned by, fixed when it is funded: later prices and settings change nothing of it. */
export interface CallTerms {
  cards: {
    /** What the payer is billed by: the list of the day on which it was funded, whatever comes later. */
    retail: RateCard;
    vendor: RateCard;
    /** Vendors' lists that were published already and begin later: each act costs us what it costs at its time. */
    upcomingVendor?: ReadonlyArray<{ fromMs: number; card: RateCard }>;
  };
  feePolicy: FeePolicy;
  /** The most that the payer's total may be, fee included: the smallest of budgets, approval and hold. */
  capCents: number;
  /** The total from which on the payer is warned. */
  warnAtCents: number;
  /** From the decision to cut off to the hang-up. */
  graceMs: number;
  /** Nobody pays but the house. */
  sponsored: boolean;
}
