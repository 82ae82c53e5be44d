import { z } from 'zod';
import type { Database } from '../../../db/connection.ts';
import { eraseEverything, erasePersona } from '../../memory/erasing.ts';
import { exportMemory } from '../../memory/export.ts';
import type { Fingerprints } from '../../memory/fingerprints.ts';
import { forgetMatches, matching } from '../../memory/matching.ts';
import type { Personas } from '../../persona/personas.ts';
import { type Route, route } from '../routes.ts';
import { matchesShape } from '../shapes/memory.ts';
import { subjectOf } from './budgets.ts';
import { ofPersona, ofUser, scopeOf } from './relationship-scope.ts';

export interface MemoryRightsParts {
  db: Database;
  personas: Personas;
  fingerprints: Fingerprints;
}

const MOST_IDS = 1_000;

/** What a user can do with the whole of what is remembered of them: take it along, have it forgotten. */
export function memoryRightsRoutes({ db, personas, fingerprints }: MemoryRightsParts): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/personas/:id/memories/export',
      role: 'user',
      summary: 'Everything that is kept of a user and a persona, to take along.',
      params: ofPersona,
      query: ofUser,
      answer: { status: 200, description: 'Relationship, memories, summaries, storylines, promises, lines.' },
      handle: async ({ actor, params, query }) => {
        const scope = await scopeOf(personas, actor, params.id, query.userId);
        return db.as(actor, (tx) => exportMemory(tx, scope));
      },
    }),
    route({
      method: 'post',
      path: '/api/personas/:id/memories/matching',
      role: 'user',
      summary:
        'What would be forgotten for a phrase: every memory and line of a call that has all of its words.',
      params: ofPersona,
      query: ofUser,
      body: z.strictObject({ phrase: z.string().min(1).max(500) }),
      answer: {
        status: 200,
        description: 'Memories and lines, with the ids that forgetting takes.',
        schema: matchesShape,
      },
      handle: async ({ actor, params, query, body }) => {
        const scope = await scopeOf(personas, actor, params.id, query.userId);
        return db.as(actor, (tx) => matching(tx, scope, body.phrase));
      },
    }),
    route({
      method: 'post',
      path: '/api/personas/:id/memories/forget',
      role: 'user',
      summary: 'Forgets what was looked at, for good.',
      params: ofPersona,
      query: ofUser,
      body: z.strictObject({
        memories: z.array(z.uuid()).max(MOST_IDS).default([]),
        lines: z.array(z.string().max(60)).max(MOST_IDS).default([]),
      }),
      answer: { status: 200, description: 'How many memories and lines there were.' },
      handle: async ({ actor, params, query, body }) => {
        const scope = await scopeOf(personas, actor, params.id, query.userId);
        return { forgotten: await db.as(actor, (tx) => forgetMatches(tx, scope, fingerprints, body)) };
      },
    }),
    route({
      method: 'delete',
      path: '/api/personas/:id/memories',
      role: 'user',
      summary: 'Erases all that a persona knows of a user, what was said in their calls included.',
      params: ofPersona,
      query: ofUser,
      answer: { status: 200, description: 'How many memories were forgotten.' },
      handle: async ({ actor, params, query }) => {
        const scope = await scopeOf(personas, actor, params.id, query.userId);
        return { forgotten: await db.as(actor, (tx) => erasePersona(tx, scope, fingerprints)) };
      },
    }),
    route({
      method: 'delete',
      path: '/api/user/memories',
      role: 'user',
      summary: 'Erases all that every persona knows of a user, and their profile.',
      query: ofUser,
      answer: { status: 200, description: 'How many memories were forgotten.' },
      handle: async ({ actor, query }) => {
        const userId = subjectOf(actor, query.userId);
        return { forgotten: await db.as(actor, (tx) => eraseEverything(tx, userId, fingerprints)) };
      },
    }),
  ];
}
