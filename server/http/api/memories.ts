import { z } from 'zod';
import type { Database } from '../../../db/connection.ts';
import { MEMORY_CATEGORIES } from '../../../db/schema/memory.ts';
import { timeOf } from '../../memory/documents.ts';
import type { Memory } from '../../memory/facts.ts';
import { importTurns } from '../../memory/import-turns.ts';
import type { MemoryBook } from '../../memory/memory-book.ts';
import type { MemorySearch } from '../../memory/search/memory-search.ts';
import { storable } from '../../memory/storable.ts';
import type { Personas } from '../../persona/personas.ts';
import { type Route, route } from '../routes.ts';
import { memoryHistoryShape } from '../shapes/memory.ts';
import { ofPersona, ofUser, personaSlug, scopeOf } from './relationship-scope.ts';

export interface MemoryRoutesParts {
  db: Database;
  personas: Personas;
  book: MemoryBook;
  search: MemorySearch;
}

const ofMemory = z.object({ id: personaSlug, key: z.string().min(1).max(120) });
const slot = z.string().regex(/^[a-z][a-z0-9_.]{0,63}$/, 'small letters, digits, _ and ., a letter first');
const time = z.iso.datetime({ offset: true });
const words = (most: number) => z.string().min(1).max(most);

const addMemory = z.strictObject({
  text: words(2_000),
  category: z.enum(MEMORY_CATEGORIES).default('user_facts'),
  slot: slot.optional(),
  value: z.unknown().optional(),
  validFrom: time.optional(),
  callId: z.uuid().optional(),
  quote: words(300).optional(),
});

const importCalls = z.strictObject({
  userId: z.uuid().optional(),
  persona: personaSlug.default('brad'),
  turns: z
    .array(
      z.strictObject({
        speaker: words(80),
        session: z.string().min(1).max(200),
        seq: z
          .number()
          .int()
          .min(0)
          .max(2 ** 31 - 1),
        text: words(20_000),
        at: time,
      }),
    )
    .min(1)
    .max(20_000),
});

/** What personas remember of a user, and the user's hand on it. */
export function memoryRoutes({ db, personas, book, search }: MemoryRoutesParts): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/personas/:id/memories',
      role: 'user',
      summary: 'What a persona knows about a user, with where it comes from. With asOf, what was true then.',
      params: ofPersona,
      query: ofUser.extend({ asOf: time.optional() }),
      answer: { status: 200, description: 'Every memory, superseded ones too.' },
      handle: async ({ actor, params, query }) => {
        const scope = await scopeOf(personas, actor, params.id, query.userId);
        const asOf = query.asOf === undefined ? null : new Date(query.asOf);
        return { memories: (await book.list(actor, scope, asOf)).map(publicMemory) };
      },
    }),
    route({
      method: 'post',
      path: '/api/personas/:id/memories',
      role: 'user',
      summary: 'Has a persona remember something. With a slot, it takes the place of what was there.',
      params: ofPersona,
      query: ofUser,
      body: addMemory,
      answer: {
        status: 201,
        description: 'The memory, and what was done: add, confirm, supersede or history.',
      },
      handle: async ({ actor, params, query, body }) => {
        const scope = await scopeOf(personas, actor, params.id, query.userId);
        const { slot: name, validFrom, callId, quote, value, ...fact } = body;
        const outcome = await book.add(
          actor,
          scope,
          {
            ...fact,
            slot: name ?? null,
            cardinality: name === undefined ? 'many' : 'one',
            ...(value === undefined ? {} : { value }),
            ...(validFrom === undefined ? {} : { validFrom: new Date(validFrom) }),
            ...(callId === undefined ? {} : { callId }),
            ...(quote === undefined ? {} : { quote }),
            source: 'user_edit',
          },
          actor.kind === 'admin' ? 'admin' : 'user',
        );
        if (outcome.operation === 'blocked') throw new Error('a user’s own words were blocked');
        return { operation: outcome.operation, memory: publicMemory(outcome.memory) };
      },
    }),
    route({
      method: 'get',
      path: '/api/personas/:id/memories/search',
      role: 'user',
      summary: 'Searches what was said and what is known.',
      params: ofPersona,
      query: ofUser.extend({
        q: z.string().max(100_000),
        limit: z.coerce.number().int().min(1).max(100).default(10),
      }),
      answer: { status: 200, description: 'The best hits, best first.' },
      handle: async ({ actor, params, query }) => {
        const scope = await scopeOf(personas, actor, params.id, query.userId);
        const hits = await search.search(actor, scope, { text: query.q }, query.limit);
        return {
          results: hits.map(({ document, score }) => ({
            id: document.id,
            kind: document.kind,
            text: document.text,
            label: document.label,
            score: Math.round(score * 1_000) / 1_000,
            at: timeOf(document),
            speaker: document.speaker,
            callId: document.session === '' ? null : document.session,
          })),
        };
      },
    }),
    route({
      method: 'patch',
      path: '/api/personas/:id/memories/:key',
      role: 'user',
      summary: 'Corrects, pins or shares a memory (its id, or <category>.<slot>).',
      params: ofMemory,
      query: ofUser,
      body: z.strictObject({
        text: words(2_000).optional(),
        value: z.unknown().optional(),
        pinned: z.boolean().optional(),
        importance: z.number().int().min(1).max(5).optional(),
        shared: z.boolean().optional(),
      }),
      answer: { status: 200, description: 'The memory as it is now.' },
      handle: async ({ actor, params, query, body }) => {
        const scope = await scopeOf(personas, actor, params.id, query.userId);
        const change = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
        return { memory: publicMemory(await book.edit(actor, scope, params.key, change)) };
      },
    }),
    route({
      method: 'get',
      path: '/api/personas/:id/memories/:key/history',
      role: 'user',
      summary: 'How a memory came to be what it is: heard, corrected, taken over from another.',
      params: ofMemory,
      query: ofUser,
      answer: {
        status: 200,
        description: 'One entry for each change, in order.',
        schema: memoryHistoryShape,
      },
      handle: async ({ actor, params, query }) => {
        const scope = await scopeOf(personas, actor, params.id, query.userId);
        const changes = await book.history(actor, scope, params.key);
        return { changes: changes.map(({ userId: _user, ...change }) => change) };
      },
    }),
    route({
      method: 'delete',
      path: '/api/personas/:id/memories/:key',
      role: 'user',
      summary: 'Forgets a memory for good (its id, or <category>.<slot>). It is not learned again.',
      params: ofMemory,
      query: ofUser,
      answer: { status: 200, description: 'How many memories were forgotten.' },
      handle: async ({ actor, params, query }) => {
        const scope = await scopeOf(personas, actor, params.id, query.userId);
        return { forgotten: await book.forget(actor, scope, params.key) };
      },
    }),
    route({
      method: 'post',
      path: '/api/calls/import',
      role: 'user',
      summary: 'Takes over conversations that were held elsewhere, so that they can be read and searched.',
      query: ofUser,
      body: importCalls,
      bodyLimit: '10mb',
      answer: { status: 201, description: 'The call that each session has become.' },
      handle: async ({ actor, query, body }) => {
        const scope = await scopeOf(personas, actor, body.persona, body.userId ?? query.userId);
        const turns = storable(body.turns).map(({ at, ...turn }) => ({ ...turn, at: new Date(at) }));
        return { calls: await importTurns(db, actor, scope, turns) };
      },
    }),
    route({
      method: 'get',
      path: '/api/calls/:id/learned',
      role: 'user',
      summary: 'What was learned in a call: what is new, what took the place of what.',
      params: z.object({ id: z.uuid() }),
      answer: { status: 200, description: 'One entry for each change, in order.' },
      handle: async ({ actor, params }) => ({ changes: await book.learnedIn(actor, params.id) }),
    }),
  ];
}

function publicMemory({ userId: _user, ...memory }: Memory) {
  return memory;
}
