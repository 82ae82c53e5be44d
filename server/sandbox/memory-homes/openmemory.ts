import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type HeldMemory, type MemoryHomeStandIn, type Routes, ranked, startHome } from './home.ts';

/**
 * OpenMemory's server as its documentation and routes have it, as far as a mirror needs; none was tried. It has the
 * defect of the original: what says the same is taken for the same, whosever it is.
 */

const add = z.looseObject({
  content: z.string().min(1),
  tags: z.array(z.string()).optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  user_id: z.string().optional(),
});
const query = z.looseObject({
  query: z.string(),
  k: z.number().int().min(1).default(8),
  filters: z.looseObject({ user_id: z.string().optional() }).optional(),
});

const UNKNOWN = { status: 404, body: { err: 'nf' } };

const ROUTES: Routes = {
  'POST /memory/add': ({ held, body }) => {
    const { content, metadata = {}, user_id: container = 'anonymous' } = add.parse(body);
    const same = held.find((memory) => memory.content.toLowerCase() === content.toLowerCase());
    const memory = same ?? { id: randomUUID(), container, customId: null, content, metadata, at: Date.now() };
    if (same === undefined) held.push(memory);
    return { status: 200, body: { id: memory.id, primary_sector: 'semantic', sectors: ['semantic'] } };
  },
  'POST /memory/query': ({ held, body }) => {
    const { query: text, k, filters } = query.parse(body);
    const matches = ranked(held, filters?.user_id ?? '', text, k).map(({ memory, score }) => ({
      id: memory.id,
      content: memory.content,
      score,
      sectors: ['semantic'],
    }));
    return { status: 200, body: { query: text, matches } };
  },
  'GET /memory/all': ({ held, query: params }) => {
    const [from, most] = [Number(params.get('u') ?? 0), Number(params.get('l') ?? 100)];
    const mine = held.filter(({ container }) => container === params.get('user_id'));
    return { status: 200, body: { items: mine.slice(from, from + most).map(itemOf) } };
  },
  'GET /memory/:id': ({ held, id }) => {
    const memory = held.find((candidate) => candidate.id === id);
    return memory === undefined ? UNKNOWN : { status: 200, body: itemOf(memory) };
  },
  'DELETE /memory/:id': ({ held, id, query: params }) => {
    const at = held.findIndex((memory) => memory.id === id);
    if (at < 0) return UNKNOWN;
    const user = params.get('user_id');
    if (user !== null && held[at]?.container !== user) return { status: 403, body: { err: 'forbidden' } };
    held.splice(at, 1);
    return { status: 200, body: { ok: true } };
  },
};

function itemOf({ id, container, content, metadata, at }: HeldMemory) {
  return { id, content, metadata, tags: [], created_at: at, user_id: container, primary_sector: 'semantic' };
}

export function startOpenMemory(port: number, apiKey: string): Promise<MemoryHomeStandIn> {
  return startHome(port, apiKey, 'err', ROUTES);
}
