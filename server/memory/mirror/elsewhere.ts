import { and, eq, inArray } from 'drizzle-orm';
import type { Database, Transaction } from '../../../db/connection.ts';
import { memories, memoryMirrorItems } from '../../../db/schema/index.ts';
import { describeError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { labelOf } from '../documents.ts';
import type { Memory } from '../facts.ts';
import type { Fingerprints } from '../fingerprints.ts';
import { type Scope, visibleTo } from '../scope.ts';
import { type Hit, type MemoryDocument, UNKNOWN_TIME } from '../search/memory-index.ts';
import { forgottenBy } from '../tombstones.ts';
import { containerOf, type FoundElsewhere, type MemoryHome } from './home.ts';

const SYSTEM = { kind: 'system', purpose: 'search in another memory home' } as const;
/** The customer's limit for finding memories; what comes later is not waited for. */
const DEADLINE_MS = 400;

/** Looks for memories in another home, which may find by meaning what our words do not. */
export type SearchElsewhere = (scope: Scope, text: string, limit: number) => Promise<Hit[]>;

interface ElsewhereParts {
  db: Database;
  home: MemoryHome;
  fingerprints: Fingerprints;
  log: Logger;
}

/**
 * Asks another home within the time that a search may take. What came from here is told as it stands here, if it still
 * does; what did not is left out when it says something that its user had forgotten. Failing finds nothing.
 */
export function searchElsewhere(parts: ElsewhereParts): SearchElsewhere {
  const { db, home, log } = parts;
  return async (scope, text, limit) => {
    try {
      const found = await home.search(containerOf(scope), text, limit, AbortSignal.timeout(DEADLINE_MS));
      return found.length === 0 ? [] : await db.as(SYSTEM, (tx) => hitsOf(tx, parts, scope, found));
    } catch (error) {
      log.warn(
        { home: home.name, problem: describeError(error) },
        'another memory home found nothing in time',
      );
      return [];
    }
  };
}

async function hitsOf(
  tx: Transaction,
  { home, fingerprints }: ElsewhereParts,
  scope: Scope,
  found: readonly FoundElsewhere[],
): Promise<Hit[]> {
  const refs = await refsOf(tx, home.name, found);
  const facts = await factsOf(tx, scope, [...refs.values()]);
  const forgotten = await forgottenBy(tx, scope);
  return found.flatMap((hit) => {
    const ref = refs.get(hit.externalId);
    const fact = facts.get(ref ?? '');
    if (fact !== undefined) return [{ score: hit.score, document: documentOf(fact) }];
    if (ref !== undefined || fingerprints.isTold(hit.text, forgotten)) return [];
    return [{ score: hit.score, document: foreignDocument(home.name, hit) }];
  });
}

/** What of the found came from here, by its name there. */
async function refsOf(
  tx: Transaction,
  home: string,
  found: readonly FoundElsewhere[],
): Promise<Map<string, string>> {
  const refs = new Map(found.flatMap(({ externalId, ref }) => (ref === null ? [] : [[externalId, ref]])));
  const ids = found.map(({ externalId }) => externalId);
  const rows = await tx
    .select({ externalId: memoryMirrorItems.externalId, ref: memoryMirrorItems.ref })
    .from(memoryMirrorItems)
    .where(and(eq(memoryMirrorItems.home, home), inArray(memoryMirrorItems.externalId, ids)));
  for (const { externalId, ref } of rows) if (externalId !== null) refs.set(externalId, ref);
  return refs;
}

/** The facts in force among these, by their names. */
async function factsOf(tx: Transaction, scope: Scope, refs: readonly string[]): Promise<Map<string, Memory>> {
  const ids = refs.flatMap((ref) => /^fact-([0-9a-f-]{36})$/.exec(ref)?.[1] ?? []);
  if (ids.length === 0) return new Map();
  const rows = await tx
    .select()
    .from(memories)
    .where(and(visibleTo(scope, memories), inArray(memories.id, ids), eq(memories.status, 'active')));
  return new Map(rows.map((row) => [`fact-${row.id}`, row]));
}

const NOTHING_ELSE = { kind: 'fact', seq: 0, speaker: null, aliases: [], cites: [] } as const;

function documentOf({ id, callId, slot, text, lastMentionedAt }: Memory): MemoryDocument {
  const atMs = lastMentionedAt.getTime();
  return { ...NOTHING_ELSE, id, session: callId ?? '', text, label: labelOf(slot), atMs };
}

function foreignDocument(home: string, { externalId, text, at }: FoundElsewhere): MemoryDocument {
  return {
    ...NOTHING_ELSE,
    id: `${home}:${externalId}`,
    session: '',
    text,
    label: '',
    atMs: at?.getTime() ?? UNKNOWN_TIME,
  };
}
