import { z } from 'zod';
import { REQUIRED_KEYS } from '../../cost/default-cards.ts';
import type { Price, PriceKey, Prices } from '../../cost/rate-card.ts';
import type { RateCards } from '../../cost/rate-card-store.ts';
import { RingbackError } from '../../errors.ts';
import { type Route, route } from '../routes.ts';
import { pricesShape, rateCardsShape } from '../shapes/rate-cards.ts';

/** A price in whole units, so that nothing is rounded on the way: `microCents` (1e-8 USD) for every `per` units. */
const whole = z
  .string()
  .regex(/^\d{1,18}$/, 'a whole number as text')
  .transform(BigInt);
const positive = whole.refine((value) => value > 0n, 'more than 0');
const priceBody = z.strictObject({
  microCents: whole,
  per: positive,
  increment: positive.optional(),
  minimum: whole.optional(),
  feeMicroCents: whole.optional(),
  source: z.string().min(1).max(300),
});

/** Price lists: read, and publish a new one. None is ever changed. */
export function rateCardRoutes(rateCards: RateCards): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/rate-cards',
      role: 'admin',
      summary: 'Every price list, newest first.',
      answer: {
        status: 200,
        description: 'Lists with the time from which each is in force.',
        schema: rateCardsShape,
      },
      handle: async ({ actor }) => ({ rateCards: await rateCards.list(actor) }),
    }),
    route({
      method: 'get',
      path: '/api/rate-cards/:id',
      role: 'admin',
      summary: 'One price list with its prices.',
      params: z.object({ id: z.uuid() }),
      answer: { status: 200, description: 'Prices by sku, or by vendor/sku.', schema: pricesShape },
      handle: async ({ actor, params }) => {
        if (!(await rateCards.list(actor)).some(({ id }) => id === params.id))
          throw new RingbackError('rate_card_unknown', 'There is no such price list.', {
            remedy: 'See GET /api/rate-cards.',
          });
        return rateCards.byId(params.id);
      },
    }),
    route({
      method: 'post',
      path: '/api/rate-cards',
      role: 'admin',
      summary: 'Publishes a price list: the newest of its kind with some prices changed.',
      body: z.strictObject({
        kind: z.enum(['retail', 'vendor']),
        validFrom: z.iso.datetime({ offset: true }),
        note: z.string().min(1).max(300),
        currency: z.literal('USD').default('USD'),
        prices: z.record(z.string(), priceBody),
      }),
      answer: { status: 201, description: 'The new list’s id. Calls that are funded already keep theirs.' },
      handle: async ({ actor, body }) => ({
        id: await rateCards.publish(actor, {
          kind: body.kind,
          validFrom: new Date(body.validFrom),
          note: body.note,
          changes: Object.fromEntries(
            Object.entries(body.prices).map(([key, price]) => [key, toPrice(price)]),
          ) as Prices,
        }),
        skus: REQUIRED_KEYS[body.kind] satisfies readonly PriceKey[],
      }),
    }),
  ];
}

function toPrice(body: z.output<typeof priceBody>): Price {
  return {
    rate: { microCents: body.microCents, per: body.per },
    increment: body.increment ?? 1n,
    minimum: body.minimum ?? 0n,
    fee: body.feeMicroCents ?? 0n,
    source: body.source,
  };
}
