import { z } from 'zod';

/** What calls have cost over a period. Amounts are US cents. */

const cents = z.number().int();
const spent = z.object({ calls: z.number().int(), totalCents: cents });

export const costSummaryShape = spent.extend({
  byDay: z.array(spent.extend({ day: z.iso.date() })),
  byPersona: z.array(spent.extend({ persona: z.string() })),
  byService: z.array(z.object({ service: z.string(), sku: z.string(), cents, share: z.number() })),
  byEnd: z.array(z.object({ endReason: z.string(), calls: z.number().int() })),
  byUser: z.array(spent.extend({ userId: z.uuid(), displayName: z.string() })).optional(),
  expectedCents: cents,
  comparison: z.object({
    minutes: z.number(),
    vendorCents: cents,
    formerCents: z.object({ low: cents, high: cents }),
    saved: z.object({ low: z.number(), high: z.number() }).nullable(),
  }),
  margin: z
    .object({
      capturedCents: cents,
      stripeFeeCents: cents,
      disputedCents: cents,
      vendorCents: cents,
      houseCents: cents,
      carrierDriftCents: cents,
      marginCents: cents,
    })
    .optional(),
});
export type CostSummaryShape = z.infer<typeof costSummaryShape>;
