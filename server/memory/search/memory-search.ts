import { and, eq, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../../db/connection.ts';
import { memoryDocuments, userPersonaRelationships } from '../../../db/schema/index.ts';
import type { Clock } from '../../clock.ts';
import { describeError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { SearchElsewhere } from '../mirror/elsewhere.ts';
import { type Scope, visibleTo } from '../scope.ts';
import { searchInDatabase } from './in-database.ts';
import { IndexCache } from './index-cache.ts';
import { loadDocuments } from './load.ts';
import { type Hit, type MemoryDocument, MemoryIndex } from './memory-index.ts';
import type { Query } from './query.ts';

export interface MemorySearchParts {
  db: Database;
  /** Another memory home that is asked beside; null where there is none. */
  elsewhere?: SearchElsewhere | null;
  clock: Clock;
  log: Logger;
}

/** Above this the database searches: loading and indexing would take longer than anybody waits. */
export const MOST_INDEXED = 20_000;
/** Building may hold the event loop for so long at once: a frame of audio comes every 20 ms. */
const SLICE_MS = 5;
/** The database is given so long; then what was found is nothing, and said so in the log. */
const DEADLINE = '250ms';

/** Finds what is remembered of a relationship. Searching writes nothing. */
export class MemorySearch {
  readonly #parts: MemorySearchParts;
  readonly #cache = new IndexCache();

  constructor(parts: MemorySearchParts) {
    this.#parts = parts;
  }

  /** The best hits, best first; after ours those of another home, as far as there is room. */
  async search(actor: Actor, scope: Scope, query: Query, limit: number): Promise<Hit[]> {
    return this.withElsewhere(scope, query, limit, this.#searchHere(actor, scope, query, limit));
  }

  /** Adds to our hits what another home finds in the same time. */
  async withElsewhere(scope: Scope, query: Query, limit: number, here: Promise<Hit[]>): Promise<Hit[]> {
    const { elsewhere = null } = this.#parts;
    if (elsewhere === null) return here;
    const asked = [query.text, ...(query.keywords ?? [])].join(' ');
    const [ours, theirs] = await Promise.all([
      here,
      asked.trim() === '' ? [] : elsewhere(scope, asked, limit),
    ]);
    const known = new Set(ours.map(({ document }) => document.id));
    return [...ours, ...theirs.filter(({ document }) => !known.has(document.id))].slice(0, limit);
  }

  /** From an index that is made once and kept while nothing changes, or by the database. */
  async #searchHere(actor: Actor, scope: Scope, query: Query, limit: number): Promise<Hit[]> {
    const { db, log } = this.#parts;
    const index = await this.index(actor, scope);
    if (index !== null) return index.search(query, limit);
    try {
      return await db.as(actor, async (tx) => {
        await tx.execute(sql.raw(`set local statement_timeout = '${DEADLINE}'`));
        return searchInDatabase(tx, scope, query, limit);
      });
    } catch (error) {
      log.error({ problem: describeError(error) }, 'a search took too long and found nothing');
      return [];
    }
  }

  /** The index of a relationship, built in slices; null when it has more memories than are indexed. */
  async index(actor: Actor, scope: Scope): Promise<MemoryIndex | null> {
    const key = `${scope.userId} ${scope.persona}`;
    const { version, loaded } = await this.#parts.db.as(actor, async (tx) => {
      const known = await versionOf(tx, scope);
      const cached = known === null ? undefined : this.#cache.get(key, known);
      if (cached !== undefined) return { version: known, loaded: cached };
      return {
        version: known,
        loaded: (await isTooLarge(tx, scope)) ? null : await loadDocuments(tx, scope),
      };
    });
    if (loaded === null || loaded instanceof MemoryIndex) return loaded;
    const index = await this.#build(loaded);
    if (version !== null) this.#cache.set(key, version, index);
    return index;
  }

  async #build(documents: readonly MemoryDocument[]): Promise<MemoryIndex> {
    const { clock } = this.#parts;
    const index = new MemoryIndex();
    let sliceEndsAt = clock.nowMs() + SLICE_MS;
    for (const document of documents) {
      index.add(document);
      if (clock.nowMs() < sliceEndsAt) continue;
      await new Promise((resolve) => setImmediate(resolve));
      sliceEndsAt = clock.nowMs() + SLICE_MS;
    }
    return index;
  }
}

/** Null where there is no relationship yet, whose changes could be counted. */
async function versionOf(tx: Transaction, { userId, persona }: Scope): Promise<number | null> {
  const [row] = await tx
    .select({ version: userPersonaRelationships.memoryVersion })
    .from(userPersonaRelationships)
    .where(and(eq(userPersonaRelationships.userId, userId), eq(userPersonaRelationships.persona, persona)));
  return row?.version ?? null;
}

async function isTooLarge(tx: Transaction, scope: Scope): Promise<boolean> {
  const [row] = await tx.select({ count: sql<number>`count(*)::int` }).from(
    tx
      .select({ id: memoryDocuments.id })
      .from(memoryDocuments)
      .where(visibleTo(scope, memoryDocuments))
      .limit(MOST_INDEXED + 1)
      .as('some'),
  );
  return (row?.count ?? 0) > MOST_INDEXED;
}
