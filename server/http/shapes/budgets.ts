import { z } from 'zod';
import { budgetLimits, sponsorshipLimits } from '../../cost/limits.ts';

/** Limits as they go over the wire, with the number of their version, which every change raises. */

const version = z.number().int().min(0);

export const budgetShape = budgetLimits.extend({ version });
export type BudgetShape = z.infer<typeof budgetShape>;

/** Spent in the user's day and month; an open call counts with all that it may cost. */
export const spentShape = z.object({ dayCents: z.number().int(), monthCents: z.number().int() });

export const sponsorshipShape = sponsorshipLimits.extend({ version });
export type SponsorshipShape = z.infer<typeof sponsorshipShape>;
