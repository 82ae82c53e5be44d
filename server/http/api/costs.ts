import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';
import type { Actor, Database } from '../../../db/connection.ts';
import type { CostAnalytics, Period } from '../../cost/analytics.ts';
import { callCosts } from '../../cost/call-costs.ts';
import type { CallExplanations } from '../../cost/explanation.ts';
import { RingbackError } from '../../errors.ts';
import { type Route, route } from '../routes.ts';
import { costSummaryShape } from '../shapes/costs.ts';
import { subjectOf } from './budgets.ts';

export interface CostRoutesParts {
  db: Database;
  analytics: CostAnalytics;
  explanations: CallExplanations;
  wallMs(): number;
}

const DEFAULT_DAYS = 30;
const DAY_MS = 86_400_000;
const period = z.object({
  userId: z.uuid().optional(),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
});

/** What calls have cost, and why. */
export function costRoutes({ db, analytics, explanations, wallMs }: CostRoutesParts): Route[] {
  const asked = (actor: Actor, query: z.infer<typeof period>): Period => {
    const to = query.to === undefined ? new Date(wallMs()) : new Date(query.to);
    const from =
      query.from === undefined ? new Date(to.getTime() - DEFAULT_DAYS * DAY_MS) : new Date(query.from);
    const isForAll = actor.kind !== 'user' && query.userId === undefined;
    return { from, to, userId: isForAll ? null : subjectOf(actor, query.userId) };
  };
  return [
    route({
      method: 'get',
      path: '/api/user/costs/summary',
      role: 'user',
      summary:
        'Costs by day, persona and service, beside the customer’s former price; the margin for admins.',
      query: period,
      answer: {
        status: 200,
        description: 'Sums over the last 30 days, or the period that is asked for.',
        schema: costSummaryShape,
      },
      handle: ({ actor, query }) => analytics.summary(actor, asked(actor, query)),
    }),
    route({
      method: 'get',
      path: '/api/user/costs/calls.csv',
      role: 'user',
      summary: 'Each call of a period with what it cost, for a spreadsheet.',
      query: period,
      answer: { status: 200, description: 'Oldest first, with a head line.', type: 'text/csv' },
      handle: async ({ actor, query, response }) => {
        const wanted = asked(actor, query);
        const { columns, rows } = await callCosts(db, actor, wanted);
        const name = `calls-${dayOf(wanted.from)}-${dayOf(wanted.to)}.csv`;
        response
          .status(200)
          .set({
            'content-type': 'text/csv; charset=utf-8',
            'content-disposition': `attachment; filename="${name}"`,
            'cache-control': 'private, no-store',
          })
          // A name such as "=1+1" stays a name where the file is opened.
          .send(stringify([...rows], { header: true, columns: [...columns], escape_formulas: true }));
        return undefined;
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
        const explanation = await explanations.explain(actor, params.id);
        if (explanation !== null) return explanation;
        throw new RingbackError('call_unknown', 'There is no bill of such a call.', {
          remedy: 'Check the id; the bill is there when the call has ended.',
        });
      },
    }),
  ];
}

function dayOf(moment: Date): string {
  return moment.toISOString().slice(0, 10);
}
