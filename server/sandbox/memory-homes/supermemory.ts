import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import {
  type Asked,
  type HeldMemory,
  type MemoryHomeStandIn,
  type Routes,
  ranked,
  startHome,
} from './home.ts';

/** supermemory as its API reference has it, as far as a mirror needs; it was never seen in life. */

const tag = z.string().regex(/^[\w-]{1,100}$/);
const document = z.strictObject({
  content: z.string().min(1),
  containerTag: tag,
  customId: tag.optional(),
  metadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});
const list = z.strictObject({
  containerTags: z.array(tag).min(1),
  limit: z.number().int().min(1).max(200),
  page: z.number().int().min(1),
  includeContent: z.boolean().optional(),
});
const search = z.strictObject({
  q: z.string().min(1),
  containerTag: tag,
  searchMode: z.enum(['memories', 'documents', 'hybrid']),
  limit: z.number().int().min(1).max(100),
});

const isNamed = (id: string) => (memory: HeldMemory) => memory.id === id || memory.customId === id;
const UNKNOWN = { status: 404, body: { error: 'Document not found' } };
const iso = (at: number) => new Date(at).toISOString();

const ROUTES: Routes = {
  'POST /v3/documents': ({ held, body }) => {
    const { content, containerTag: container, customId = null, metadata = {} } = document.parse(body);
    const same = held.find((memory) => customId !== null && memory.customId === customId);
    const memory = same ?? { id: randomUUID(), container, customId, content, metadata, at: Date.now() };
    Object.assign(memory, { content, metadata }); // the same customId again is the same document
    if (same === undefined) held.push(memory);
    return { status: 200, body: { id: memory.id, status: 'queued' } };
  },
  'POST /v3/documents/list': ({ held, body }) => {
    const { containerTags, limit, page } = list.parse(body);
    const mine = held.filter(({ container }) => containerTags.includes(container));
    const memories = mine.slice((page - 1) * limit, page * limit);
    const totalPages = Math.max(1, Math.ceil(mine.length / limit));
    return {
      status: 200,
      body: {
        memories: memories.map((memory) => ({ ...memory, createdAt: iso(memory.at) })),
        pagination: { currentPage: page, totalPages, totalItems: mine.length, limit },
      },
    };
  },
  'POST /v4/search': ({ held, body }) => {
    const { q, containerTag, limit } = search.parse(body);
    const results = ranked(held, containerTag, q, limit).map(({ memory, score }) => ({
      id: `mem_${memory.id}`,
      memory: memory.content,
      similarity: score,
      metadata: memory.metadata,
      updatedAt: iso(memory.at),
      version: 1,
    }));
    return { status: 200, body: { results, timing: 5, total: results.length } };
  },
  'GET /v3/documents/:id': ({ held, id }) => {
    const memory = held.find(isNamed(id));
    return memory === undefined ? UNKNOWN : { status: 200, body: { ...memory, status: 'done' } };
  },
  'DELETE /v3/documents/:id': ({ held, id }: Asked) => {
    const at = held.findIndex(isNamed(id));
    if (at < 0) return UNKNOWN;
    held.splice(at, 1);
    return { status: 204 };
  },
};

export function startSupermemory(port: number, apiKey: string): Promise<MemoryHomeStandIn> {
  return startHome(port, apiKey, 'error', ROUTES);
}
