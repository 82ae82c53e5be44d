import { z } from 'zod';
import type { Actor } from '../../../db/connection.ts';
import type { Budgets } from '../../cost/budget-store.ts';
import type { FeePolicy } from '../../cost/card-fee.ts';
import { estimateCallCost } from '../../cost/estimate.ts';
import type { RateCards } from '../../cost/rate-card-store.ts';
import { RingbackError } from '../../errors.ts';
import { present, type Route, route } from '../routes.ts';

export interface BudgetRoutesParts {
  budgets: Budgets;
  rateCards: RateCards;
  feePolicy: FeePolicy;
}

const cents = (most: number) => z.number().int().min(0).max(most);

/** The customer's names for a user's limits. */
const budget = z.strictObject({
  maxCostPerCallCents: cents(100_000),
  maxCostPerDayCents: cents(1_000_000),
  maxCostPerMonthCents: cents(10_000_000),
  maxMemoryTokens: cents(100_000),
  warnAtPercent: z.number().int().min(1).max(100),
  autoCutoff: z.boolean(),
  gracePeriodSeconds: z.number().int().min(5).max(60),
  notify: z.array(z.enum(['panel', 'payer', 'sms'])).max(3),
});
const ofUser = z.object({ userId: z.uuid().optional() });

/** What may be spent on calls, and what one will probably cost. */
export function budgetRoutes({ budgets, rateCards, feePolicy }: BudgetRoutesParts): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/calls/estimate',
      role: 'user',
      summary: 'What a call will probably cost its payer.',
      body: z.strictObject({
        minutes: z.number().min(0).max(240),
        memoryTokens: z.number().int().min(0).max(100_000).default(0),
      }),
      answer: {
        status: 200,
        description: 'Expected, low and high totals in cents; the breakdown in dollars.',
      },
      handle: async ({ body }) =>
        estimateCallCost(body.minutes, body.memoryTokens, {
          retail: await rateCards.current('retail'),
          feePolicy,
        }),
    }),
    route({
      method: 'get',
      path: '/api/user/budget',
      role: 'user',
      summary: 'What may be spent on calls to a user.',
      query: ofUser,
      answer: { status: 200, description: 'The limits.', schema: budget },
      handle: ({ actor, query }) => budgets.of(actor, subjectOf(actor, query.userId)),
    }),
    route({
      method: 'put',
      path: '/api/user/budget',
      role: 'user',
      summary: 'Changes some of a user’s limits; those left out stay.',
      query: ofUser,
      body: budget.partial(),
      answer: { status: 200, description: 'The limits as they are now.', schema: budget },
      handle: ({ actor, query, body }) =>
        budgets.change(actor, subjectOf(actor, query.userId), present(body)),
    }),
  ];
}

/** Whose data a request is about: a user's own; an admin says whose. */
export function subjectOf(actor: Actor, userId: string | undefined): string {
  if (actor.kind === 'user') {
    if (userId === undefined || userId === actor.userId) return actor.userId;
    throw new RingbackError('forbidden_user', 'A user’s token opens that user’s data only.', {
      remedy: 'Leave userId out.',
    });
  }
  if (userId !== undefined) return userId;
  throw new RingbackError('user_missing', 'An admin has to say whose data this is about.', {
    remedy: 'Add ?userId=<id>.',
  });
}
