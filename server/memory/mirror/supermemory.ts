import { z } from 'zod';
import type { KeptElsewhere, MemoryHome } from './home.ts';
import { ask, type HomeSettings } from './requests.ts';

const PAGE = 100;

const metadata = z.record(z.string(), z.unknown()).nullish();
const added = z.looseObject({ id: z.string() });
const found = z.looseObject({
  results: z.array(
    z.looseObject({
      id: z.string(),
      memory: z.string().nullish(),
      chunk: z.string().nullish(),
      similarity: z.number(),
      updatedAt: z.string().nullish(),
      metadata,
    }),
  ),
});
const listed = z.looseObject({
  memories: z.array(
    z.looseObject({
      id: z.string(),
      content: z.string().nullish(),
      summary: z.string().nullish(),
      createdAt: z.string().nullish(),
      metadata,
    }),
  ),
  pagination: z.looseObject({ totalPages: z.number() }),
});

/**
 * supermemory, by its HTTP API (supermemory.ai/docs/api-reference, read in November 2026; not tried against the service).
 * `customId` makes adding the same twice harmless; a document can be deleted by it.
 */
export function supermemory(settings: HomeSettings): MemoryHome {
  return {
    name: 'supermemory',
    async put({ ref, container, text, metadata }) {
      const body = { content: text, containerTag: container, customId: ref, metadata: { ...metadata, ref } };
      return added.parse(await ask(settings, 'POST', '/v3/documents', body)).id;
    },
    find: async (_container, ref) => {
      const document = await ask(settings, 'GET', `/v3/documents/${encodeURIComponent(ref)}`);
      return document === null ? null : added.parse(document).id;
    },
    async remove(_container, externalId) {
      await ask(settings, 'DELETE', `/v3/documents/${encodeURIComponent(externalId)}`);
    },
    async search(container, text, limit, signal) {
      const body = { q: text, containerTag: container, searchMode: 'hybrid', limit };
      const { results } = found.parse(await ask(settings, 'POST', '/v4/search', body, signal));
      return results.map(({ id, memory, chunk, similarity, updatedAt, metadata }) => ({
        externalId: id,
        ref: typeof metadata?.ref === 'string' ? metadata.ref : null,
        text: memory ?? chunk ?? '',
        score: similarity,
        at: updatedAt == null ? null : new Date(updatedAt),
      }));
    },
    async *list(container): AsyncGenerator<KeptElsewhere> {
      for (let page = 1; ; page++) {
        const body = { containerTags: [container], limit: PAGE, page, includeContent: true };
        const { memories, pagination } = listed.parse(
          await ask(settings, 'POST', '/v3/documents/list', body),
        );
        for (const { id, content, summary, createdAt, metadata } of memories)
          yield {
            externalId: id,
            ref: typeof metadata?.ref === 'string' ? metadata.ref : null,
            text: content ?? summary ?? '',
            metadata: metadata ?? {},
            createdAt: createdAt == null ? null : new Date(createdAt),
          };
        if (page >= pagination.totalPages) return;
      }
    },
  };
}
