import { z } from 'zod';
import type { Consents } from '../../dialing/consents.ts';
import type { Suppressions } from '../../dialing/suppressions.ts';
import { RingbackError } from '../../errors.ts';
import { type Route, route } from '../routes.ts';
import { suppressionsShape } from '../shapes/dialing.ts';
import { subjectOf } from './budgets.ts';
import { phoneNumber } from './fields.ts';
import { ofUser } from './relationship-scope.ts';

export interface SuppressionRoutesParts {
  suppressions: Suppressions;
  consents: Consents;
}

const WELCOME = 'You may call me again.';

/** Numbers that are not called: their people's own word, and the list of it for admins. */
export function suppressionRoutes({ suppressions, consents }: SuppressionRoutesParts): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/user/no-more-calls',
      role: 'user',
      summary: 'A user wants no more calls.',
      query: ofUser,
      answer: { status: 200, description: 'No call is made to them from now on.' },
      handle: async ({ actor, query }) => {
        const number = await suppressions.numberOf(subjectOf(actor, query.userId));
        await suppressions.suppress(number, actor.kind === 'user' ? 'web' : 'admin');
        return { suppressed: true };
      },
    }),
    route({
      method: 'post',
      path: '/api/user/calls-welcome',
      role: 'user',
      summary: 'A user wants calls again.',
      query: ofUser,
      answer: { status: 200, description: 'They can be called.' },
      handle: async ({ actor, query }) => {
        const number = await suppressions.numberOf(subjectOf(actor, query.userId));
        await suppressions.lift(number, actor.kind === 'user' ? 'user' : 'admin');
        if (actor.kind === 'user')
          await consents.give({ phoneNumber: number, kind: 'calls', given: 'web', textShown: WELCOME });
        return { suppressed: false };
      },
    }),
    route({
      method: 'get',
      path: '/api/suppressions',
      role: 'admin',
      summary: 'Numbers that are not called, and those that were not.',
      query: z.object({ limit: z.coerce.number().int().min(1).max(1_000).default(200) }),
      answer: { status: 200, description: 'Those in force first.', schema: suppressionsShape },
      handle: async ({ actor, query }) => ({ suppressions: await suppressions.list(actor, query.limit) }),
    }),
    route({
      method: 'post',
      path: '/api/suppressions',
      role: 'admin',
      summary: 'Has a number not called any more.',
      body: z.strictObject({ phoneNumber }),
      answer: { status: 201, description: 'It is not called.' },
      handle: async ({ body }) => {
        await suppressions.suppress(body.phoneNumber, 'admin');
        return { phoneNumber: body.phoneNumber, suppressed: true };
      },
    }),
    route({
      method: 'delete',
      path: '/api/suppressions/:phoneNumber',
      role: 'admin',
      summary:
        'Lets a number be called again that an admin had suppressed. What its people said themselves they take back themselves.',
      params: z.object({ phoneNumber }),
      answer: { status: 200, description: 'It can be called.' },
      handle: async ({ params }) => {
        if (await suppressions.lift(params.phoneNumber, 'admin', 'admin'))
          return { phoneNumber: params.phoneNumber, suppressed: false };
        throw new RingbackError('suppression_unknown', 'No admin has suppressed this number.', {
          remedy: 'What somebody said themselves only they can take back.',
        });
      },
    }),
  ];
}
