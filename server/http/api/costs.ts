import { z } from 'zod';
import type { CostAnalytics } from '../../cost/analytics.ts';
import { RingbackError } from '../../errors.ts';
import { type Route, route } from '../routes.ts';
import { subjectOf } from './budgets.ts';

const DEFAULT_DAYS = 30;
const DAY_MS = 86_400_000;

/** What calls have cost, and why. */
export function costRoutes(analytics: CostAnalytics, wallMs: () => number): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/user/costs/summary',
      role: 'user',
      summary:
        'Costs by day, persona and service, beside the customer’s former price; the margin for admins.',
      query: z.object({
        userId: z.uuid().optional(),
        from: z.iso.datetime({ offset: true }).optional(),
        to: z.iso.datetime({ offset: true }).optional(),
      }),
      answer: { status: 200, description: 'Sums over the last 30 days, or the period that is asked for.' },
      handle: ({ actor, query }) => {
        const to = query.to === undefined ? new Date(wallMs()) : new Date(query.to);
        const from =
          query.from === undefined ? new Date(to.getTime() - DEFAULT_DAYS * DAY_MS) : new Date(query.from);
        const isForAll = actor.kind !== 'user' && query.userId === undefined;
        const userId = isForAll ? null : subjectOf(actor, query.userId);
        return analytics.summary(actor, { from, to, userId });
      },
    }),
    route({
      method: 'get',
      path: '/api/calls/:id/cost/explanation',
      role: 'user',
      summary: 'Why was this call expensive? Its causes, the most expensive first.',
      params: z.object({ id: z.uuid() }),
      answer: { status: 200, description: 'Causes with their share and what stands out about each.' },
      handle: async ({ actor, params }) => {
        const explanation = await analytics.explain(actor, params.id);
        if (explanation !== null) return explanation;
        throw new RingbackError('call_unknown', 'There is no bill of such a call.', {
          remedy: 'Check the id; the bill is there when the call has ended.',
        });
      },
    }),
  ];
}
