import { z } from 'zod';
import type { Actor } from '../../../db/connection.ts';
import type { Budgets } from '../../cost/budget-store.ts';
import type { FeePolicy } from '../../cost/card-fee.ts';
import { estimateCallCost } from '../../cost/estimate.ts';
import type { RateCards } from '../../cost/rate-card-store.ts';
import { RingbackError } from '../../errors.ts';
import { present, type Route, route } from '../routes.ts';
import { budgetShape, spentShape, sponsorshipShape } from '../shapes/budgets.ts';
import { withVersion } from './versioned.ts';

export interface BudgetRoutesParts {
  budgets: Budgets;
  rateCards: RateCards;
  feePolicy: FeePolicy;
}

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
      answer: {
        status: 200,
        description: 'The limits, with the number of their version.',
        schema: budgetShape,
      },
      handle: ({ actor, query }) => budgets.of(actor, subjectOf(actor, query.userId)),
    }),
    route({
      method: 'put',
      path: '/api/user/budget',
      role: 'user',
      summary:
        'Changes some of a user’s limits; those left out stay. With a version, only if nobody else was quicker.',
      query: ofUser,
      body: budgetShape.partial(),
      answer: { status: 200, description: 'The limits as they are now.', schema: budgetShape },
      handle: ({ actor, query, body }) =>
        budgets.change(actor, subjectOf(actor, query.userId), present(body)),
    }),
    route({
      method: 'get',
      path: '/api/user/budget/spent',
      role: 'user',
      summary: 'What a user’s calls have cost in their day and month.',
      query: ofUser,
      answer: {
        status: 200,
        description: 'In cents; an open call counts with all that it may cost.',
        schema: spentShape,
      },
      handle: ({ actor, query }) => budgets.spent(actor, subjectOf(actor, query.userId)),
    }),
    route({
      method: 'get',
      path: '/api/settings/sponsorship',
      role: 'admin',
      summary: 'What the house pays for calls that nobody else pays for.',
      answer: { status: 200, description: 'With the number of the version.', schema: sponsorshipShape },
      handle: async ({ actor }) => withVersion(await budgets.sponsorship(actor)),
    }),
    route({
      method: 'put',
      path: '/api/settings/sponsorship',
      role: 'admin',
      summary: 'Changes that; it holds from the next call on.',
      body: sponsorshipShape,
      answer: { status: 200, description: 'As it is now.', schema: sponsorshipShape },
      handle: async ({ actor, body: { version, ...value } }) =>
        withVersion(await budgets.setSponsorship(actor, value, version)),
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
