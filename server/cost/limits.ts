import { z } from 'zod';

/** Limits of money that people set, and between what they may be. Pure, because a page checks them, too. */

const cents = (most: number) => z.number().int().min(0).max(most);

/** What may be spent on calls to a user. The names are the customer's. */
export const budgetLimits = z.strictObject({
  maxCostPerCallCents: cents(100_000),
  maxCostPerDayCents: cents(1_000_000),
  maxCostPerMonthCents: cents(10_000_000),
  maxMemoryTokens: cents(100_000),
  warnAtPercent: z.number().int().min(1).max(100),
  autoCutoff: z.boolean(),
  gracePeriodSeconds: z.number().int().min(5).max(60),
  notify: z.array(z.enum(['panel', 'payer', 'sms'])).max(3),
});

/** What the house gives away: a call that nobody else pays for costs it at most this, and all of a day (UTC) this. */
export const sponsorshipLimits = z.strictObject({
  perCallCents: cents(100_000),
  perDayCents: cents(1_000_000_000),
});
export type Sponsorship = z.infer<typeof sponsorshipLimits>;
