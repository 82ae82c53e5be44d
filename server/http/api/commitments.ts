import { z } from 'zod';
import type { Database } from '../../../db/connection.ts';
import {
  allPromises,
  type Commitment,
  makePromise,
  settlePromise,
  withdrawPromise,
} from '../../memory/commitments.ts';
import type { Fingerprints } from '../../memory/fingerprints.ts';
import { storable } from '../../memory/storable.ts';
import type { Personas } from '../../persona/personas.ts';
import { type Route, route } from '../routes.ts';
import { promisesShape } from '../shapes/memory.ts';
import { ofPersona, ofUser, personaSlug, scopeOf } from './relationship-scope.ts';

const ofCommitment = z.object({ id: personaSlug, commitment: z.uuid() });
const moment = z.iso.datetime({ offset: true });

export interface CommitmentRoutesParts {
  db: Database;
  personas: Personas;
  fingerprints: Fingerprints;
}

/** What a user has promised a persona. */
export function commitmentRoutes({ db, personas, fingerprints }: CommitmentRoutesParts): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/personas/:id/commitments',
      role: 'user',
      summary: 'What a user has promised a persona, and what became of it.',
      params: ofPersona,
      query: ofUser,
      answer: { status: 200, description: 'The newest first.', schema: promisesShape },
      handle: async ({ actor, params, query }) => {
        const scope = await scopeOf(personas, actor, params.id, query.userId);
        return { commitments: (await db.as(actor, (tx) => allPromises(tx, scope))).map(told) };
      },
    }),
    route({
      method: 'post',
      path: '/api/personas/:id/commitments',
      role: 'user',
      summary: 'Promises a persona something. The same open promise again is the same, with its new day.',
      params: ofPersona,
      query: ofUser,
      body: z.strictObject({
        promise: z.string().trim().min(1).max(300),
        dueAt: moment.nullable().default(null),
      }),
      answer: { status: 201, description: 'The promise.' },
      handle: async ({ actor, params, query, body }) => {
        const scope = await scopeOf(personas, actor, params.id, query.userId);
        const made = {
          promise: storable(body.promise),
          dueAt: dateOf(body.dueAt),
          callId: null,
          quote: null,
        };
        return told(await db.as(actor, (tx) => makePromise(tx, scope, made)));
      },
    }),
    route({
      method: 'patch',
      path: '/api/personas/:id/commitments/:commitment',
      role: 'user',
      summary: 'Says what became of an open promise.',
      params: ofCommitment,
      query: ofUser,
      body: z.strictObject({
        outcome: z.enum(['kept', 'broken', 'moved']),
        dueAt: moment.nullable().default(null),
      }),
      answer: { status: 200, description: 'The promise; when it was moved, the one for its new day.' },
      handle: async ({ actor, params, query, body }) => {
        const scope = await scopeOf(personas, actor, params.id, query.userId);
        const settlement = { outcome: body.outcome, at: new Date(), dueAt: dateOf(body.dueAt) };
        return told(await db.as(actor, (tx) => settlePromise(tx, scope, params.commitment, settlement)));
      },
    }),
    route({
      method: 'delete',
      path: '/api/personas/:id/commitments/:commitment',
      role: 'user',
      summary: 'Takes a promise away, as if it had not been made.',
      params: ofCommitment,
      query: ofUser,
      answer: { status: 200, description: 'It is gone.' },
      handle: async ({ actor, params, query }) => {
        const scope = await scopeOf(personas, actor, params.id, query.userId);
        await db.as(actor, (tx) => withdrawPromise(tx, scope, fingerprints, params.commitment));
        return { withdrawn: 1 };
      },
    }),
  ];
}

function told({ userId: _user, ...commitment }: Commitment) {
  return commitment;
}

function dateOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
