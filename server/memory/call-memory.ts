import type { Actor, Database } from '../../db/connection.ts';
import type { CallMemory, RememberedPassage } from '../call/ports.ts';
import type { Clock } from '../clock.ts';
import { promisesOf } from './call-promises.ts';
import { factInWords } from './documents.ts';
import type { MemoryBook } from './memory-book.ts';
import type { Scope } from './scope.ts';
import { type Hit, type MemoryDocument, type MemoryIndex, UNKNOWN_TIME } from './search/memory-index.ts';
import type { MemorySearch } from './search/memory-search.ts';

export interface CallMemoryParts {
  db: Database;
  search: MemorySearch;
  book: MemoryBook;
  clock: Clock;
}

/** What the model is given: the best hits, with what was said around them. */
const MOST_PASSAGES = 5;
const AROUND = 2;
/** About 800 tokens in all. */
const MOST_CHARACTERS = 2_800;
const MOST_MATCHES = 3;

/**
 * The memory of one call, with the rights of its user. The index is built while it rings; a search in the call then
 * touches no database.
 */
export function openCallMemory(parts: CallMemoryParts, scope: Scope, callId: string): CallMemory {
  const { db, search, book, clock } = parts;
  const actor: Actor = { kind: 'user', userId: scope.userId };
  let index: Promise<MemoryIndex | null> | null = null;
  const build = () => {
    const building = search.index(actor, scope);
    index = building;
    building.catch(() => {
      if (index === building) index = null; // the next search tries again, and tells what is wrong
    });
    return building;
  };
  build();
  return {
    async search(query, keywords) {
      const ready = await (index ?? build());
      const asked = { text: query, keywords };
      const hits =
        ready === null
          ? await search.search(actor, scope, asked, MOST_PASSAGES)
          : await search.withElsewhere(
              scope,
              asked,
              MOST_PASSAGES,
              Promise.resolve(ready.search(asked, MOST_PASSAGES)),
            );
      return passagesOf(hits, ready, clock.wallMs());
    },
    async remember({ text, category, slot }) {
      const outcome = await book.add(
        actor,
        scope,
        { text, category, slot, cardinality: slot === null ? 'many' : 'one', source: 'stated', callId },
        'persona',
      );
      build();
      return outcome.operation;
    },
    async matching(what) {
      const hits = await search.search(actor, scope, { text: what }, 20);
      return hits
        .filter(({ document }) => document.kind === 'fact')
        .slice(0, MOST_MATCHES)
        .map(({ document }) => ({ id: document.id, text: factInWords(document) }));
    },
    async forget(ids) {
      const count = await book.forgetEach(actor, scope, ids);
      build();
      return count;
    },
    ...promisesOf({ db, clock }, scope, callId),
  };
}

/** Hits with the turns around them, each turn once, dated, within what a prompt can take. */
function passagesOf(hits: readonly Hit[], index: MemoryIndex | null, nowMs: number): RememberedPassage[] {
  const told = new Set<string>();
  const passages: RememberedPassage[] = [];
  let left = MOST_CHARACTERS;
  for (const { document } of hits) {
    if (told.has(document.id)) continue;
    const lines = (index?.around(document, AROUND) ?? [document]).filter(({ id }) => !told.has(id));
    const text = lines.map(lineOf).join(' / ');
    if (text.length > left) continue;
    left -= text.length;
    for (const { id } of lines) told.add(id);
    passages.push({ when: ago(document.atMs, nowMs), text });
  }
  return passages;
}

function lineOf(document: MemoryDocument): string {
  return document.speaker === null ? factInWords(document) : `${document.speaker}: ${document.text}`;
}

const DAY_MS = 86_400_000;

/** As people say it: "3 weeks ago". */
function ago(atMs: number, nowMs: number): string {
  if (atMs === UNKNOWN_TIME) return 'some time ago';
  const days = Math.floor((nowMs - atMs) / DAY_MS);
  if (days < 1) return 'today';
  if (days === 1) return 'yesterday';
  if (days < 14) return `${days} days ago`;
  if (days < 60) return `${Math.floor(days / 7)} weeks ago`;
  return days < 730 ? `${Math.floor(days / 30)} months ago` : `${Math.floor(days / 365)} years ago`;
}
