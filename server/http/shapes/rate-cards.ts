import { z } from 'zod';

/** Price lists. Amounts are hundred-millionths of a dollar as text, so that nothing is rounded on the way. */

const whole = z.string().regex(/^\d+$/);

export const rateCardShape = z.object({
  id: z.uuid(),
  kind: z.enum(['retail', 'vendor']),
  version: z.number().int(),
  validFrom: z.iso.datetime(),
  note: z.string(),
});
export type RateCardShape = z.infer<typeof rateCardShape>;
export const rateCardsShape = z.object({ rateCards: z.array(rateCardShape) });

export const priceShape = z.object({
  rate: z.object({ microCents: whole, per: whole }),
  increment: whole,
  minimum: whole,
  fee: whole,
  source: z.string(),
});
export type PriceShape = z.infer<typeof priceShape>;
/** Prices by sku, or by vendor/sku. */
export const pricesShape = z.object({
  id: z.uuid(),
  kind: z.enum(['retail', 'vendor']),
  prices: z.record(z.string(), priceShape),
});
