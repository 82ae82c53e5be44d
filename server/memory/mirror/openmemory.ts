import { z } from 'zod';
import { RingbackError } from '../../errors.ts';
import type { KeptElsewhere, MemoryHome } from './home.ts';
import { ask, type HomeSettings } from './requests.ts';

const PAGE = 100;

const metadata = z.record(z.string(), z.unknown()).nullish();
const added = z.looseObject({ id: z.string() });
const found = z.looseObject({
  matches: z.array(z.looseObject({ id: z.string(), content: z.string(), score: z.number() })),
});
const listed = z.looseObject({
  items: z.array(
    z.looseObject({ id: z.string(), content: z.string(), created_at: z.number().nullish(), metadata }),
  ),
});
const one = z.looseObject({ id: z.string(), user_id: z.string().nullish(), metadata });

/**
 * OpenMemory's server, by its HTTP API (its documentation and routes, read in November 2026; not tried against one).
 * It takes what looks alike for the same, across users: an item that comes back under another user's id was lost, so
 * that every answer is looked up before it counts as kept.
 */
export function openMemory(settings: HomeSettings): MemoryHome {
  const query = (container: string) => `user_id=${encodeURIComponent(container)}`;
  const items = async (container: string, from: number) =>
    listed.parse(await ask(settings, 'GET', `/memory/all?${query(container)}&l=${PAGE}&u=${from}`)).items;
  const home: MemoryHome = {
    name: 'openmemory',
    async put({ ref, container, text, metadata }) {
      const body = { content: text, tags: ['ringback'], metadata: { ...metadata, ref }, user_id: container };
      const { id } = added.parse(await ask(settings, 'POST', '/memory/add', body));
      const kept = await ask(settings, 'GET', `/memory/${encodeURIComponent(id)}`);
      const owner = kept === null ? null : one.parse(kept).user_id;
      if (owner === container) return id;
      throw new RingbackError(
        'memory_home',
        'OpenMemory took a memory for one of another user and dropped it.',
        {
          remedy: 'A known defect of OpenMemory 1.3; the memory is kept here, and is tried again there.',
        },
      );
    },
    async find(container, ref) {
      for await (const kept of home.list(container)) if (kept.ref === ref) return kept.externalId;
      return null;
    },
    async remove(container, externalId) {
      await ask(settings, 'DELETE', `/memory/${encodeURIComponent(externalId)}?${query(container)}`);
    },
    async search(container, text, limit, signal) {
      const body = { query: text, k: limit, filters: { user_id: container } };
      const { matches } = found.parse(await ask(settings, 'POST', '/memory/query', body, signal));
      return matches.map(({ id, content, score }) => ({
        externalId: id,
        ref: null,
        text: content,
        score,
        at: null,
      }));
    },
    async *list(container): AsyncGenerator<KeptElsewhere> {
      for (let from = 0; ; from += PAGE) {
        const page = await items(container, from);
        for (const { id, content, created_at, metadata } of page)
          yield {
            externalId: id,
            ref: typeof metadata?.ref === 'string' ? metadata.ref : null,
            text: content,
            metadata: metadata ?? {},
            createdAt: created_at == null ? null : new Date(created_at),
          };
        if (page.length < PAGE) return;
      }
    },
  };
  return home;
}
