import { z } from 'zod';
import { CONSENT_KINDS } from '../../../db/schema/dialing.ts';
import type { Asking } from '../../dialing/asking.ts';
import type { Consents } from '../../dialing/consents.ts';
import type { Suppressions } from '../../dialing/suppressions.ts';
import { RingbackError } from '../../errors.ts';
import type { Personas } from '../../persona/personas.ts';
import { type Route, route } from '../routes.ts';
import { consentsShape } from '../shapes/dialing.ts';
import { subjectOf } from './budgets.ts';
import { callee, phoneNumber } from './fields.ts';
import { ofUser } from './relationship-scope.ts';

export interface ConsentRoutesParts {
  consents: Consents;
  asking: Asking;
  suppressions: Suppressions;
  personas: Personas;
}

const kind = z.enum(CONSENT_KINDS);
const words = z.string().trim().min(10).max(2_000);

/** What people agreed to: their own word, an admin's, and the question by text. */
export function consentRoutes({ consents, asking, suppressions, personas }: ConsentRoutesParts): Route[] {
  const numberOf = (userId: string) => suppressions.numberOf(userId);
  return [
    route({
      method: 'get',
      path: '/api/consents',
      role: 'admin',
      summary: 'What people agreed to, and how we know; newest first.',
      query: z.object({
        phoneNumber: phoneNumber.optional(),
        limit: z.coerce.number().int().min(1).max(1_000).default(200),
      }),
      answer: { status: 200, description: 'Withdrawn ones as well.', schema: consentsShape },
      handle: async ({ query }) => ({
        consents: await consents.list(query.phoneNumber ?? null, query.limit),
        ...(query.phoneNumber === undefined ? {} : { proven: await consents.isProven(query.phoneNumber) }),
      }),
    }),
    route({
      method: 'post',
      path: '/api/consents',
      role: 'admin',
      summary: 'Attests that somebody agreed, in words that you have in writing.',
      body: z.strictObject({ phoneNumber, kind: kind.default('calls'), text: words }),
      answer: { status: 201, description: 'It is written down under your token.' },
      handle: async ({ actor, body }) => {
        const attestedBy = actor.kind === 'admin' ? actor.tokenId : actor.kind;
        const { phoneNumber: number, text: textShown } = body;
        await consents.give({
          phoneNumber: number,
          kind: body.kind,
          given: 'attested',
          textShown,
          attestedBy,
        });
        return { phoneNumber: number, kind: body.kind, consented: true };
      },
    }),
    route({
      method: 'post',
      path: '/api/consents/ask',
      role: 'admin',
      summary:
        'Asks somebody by text whether they want to be called. Their YES is consent and proves the number.',
      body: z.strictObject({ ...callee, persona: z.string().min(1).max(40).default('brad') }),
      answer: { status: 202, description: 'The text is on its way.' },
      handle: async ({ body }) => {
        const { name } = await personas.current(body.persona);
        return asking.ask(body.to, name, body.displayName);
      },
    }),
    route({
      method: 'get',
      path: '/api/user/consents',
      role: 'user',
      summary: 'What a user agreed to.',
      query: ofUser,
      answer: { status: 200, description: 'Newest first; withdrawn ones as well.', schema: consentsShape },
      handle: async ({ actor, query }) => {
        const number = await numberOf(subjectOf(actor, query.userId));
        return { consents: await consents.list(number, 200), proven: await consents.isProven(number) };
      },
    }),
    route({
      method: 'post',
      path: '/api/user/consents',
      role: 'user',
      summary: 'A user agrees to something, in the words that they were shown.',
      query: ofUser,
      body: z.strictObject({ kind, text: words }),
      answer: { status: 201, description: 'It is written down.' },
      handle: async ({ actor, query, body }) => {
        if (actor.kind !== 'user')
          throw new RingbackError('forbidden_user', 'Only users agree for themselves.', {
            remedy: 'Use POST /api/consents to attest what you have in writing.',
          });
        const phone = await numberOf(subjectOf(actor, query.userId));
        await consents.give({ phoneNumber: phone, kind: body.kind, given: 'web', textShown: body.text });
        return { kind: body.kind, consented: true };
      },
    }),
    route({
      method: 'delete',
      path: '/api/user/consents/:kind',
      role: 'user',
      summary: 'A user takes back what they agreed to. Without "calls" nobody calls them.',
      params: z.object({ kind }),
      query: ofUser,
      answer: { status: 200, description: 'It does not hold any more.' },
      handle: async ({ actor, query, params }) => {
        const number = await numberOf(subjectOf(actor, query.userId));
        if (params.kind === 'calls') await suppressions.suppress(number, 'web');
        if (await consents.withdraw(number, params.kind)) return { kind: params.kind, consented: false };
        throw new RingbackError('consent_unknown', 'There is no such consent.', {
          remedy: 'See GET /api/user/consents.',
        });
      },
    }),
  ];
}
