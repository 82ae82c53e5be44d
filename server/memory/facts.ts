import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Transaction } from '../../db/connection.ts';
import { memories, memoryEvents } from '../../db/schema/index.ts';
import { showFact } from './documents.ts';
import { type Fingerprints, normalised } from './fingerprints.ts';
import { lockMemory, type Scope, touch } from './scope.ts';
import { storable } from './storable.ts';
import { isForgotten, liftTombstones } from './tombstones.ts';

export type Memory = typeof memories.$inferSelect;
export type MemoryCategory = Memory['category'];

/** A fact that somebody proposes to remember. */
export interface Proposal
  extends Partial<
    Pick<
      Memory,
      | 'sector'
      | 'slot'
      | 'cardinality'
      | 'value'
      | 'aliases'
      | 'validFrom'
      | 'validTo'
      | 'confidence'
      | 'importance'
      | 'sensitive'
      | 'callId'
      | 'turnSeqs'
      | 'quote'
      | 'expiresAt'
    >
  > {
  category: MemoryCategory;
  text: string;
  source: Memory['source'];
  /** When the words were said that it is taken from; now, where nothing is given. */
  saidAt?: Date;
}

export type Outcome =
  | { operation: 'add' | 'confirm' | 'supersede'; memory: Memory }
  /** It belongs to the past of something that is known to be newer. */
  | { operation: 'history'; memory: Memory }
  /** A person has to decide: it contradicts what the user wrote or pinned. */
  | { operation: 'review'; memory: Memory }
  /** The user forgot it. */
  | { operation: 'blocked' };

/** Who remembers: extraction, the user, the persona on their word, an admin, an import. */
export type Rememberer = 'extraction' | 'user' | 'persona' | 'admin' | 'import';

/**
 * Takes a fact into memory. What is proposed is decided here, by rules, never by a model: the same thing again is
 * confirmed; another value of the same slot takes the place of the old one if it is newer in the world, and becomes
 * history if it is older; what the user wrote or pinned is not overruled by what was heard; what the user forgot stays
 * forgotten, unless the user says it anew.
 */
export async function remember(
  tx: Transaction,
  scope: Scope,
  fingerprints: Fingerprints,
  proposal: Proposal,
  by: Rememberer,
): Promise<Outcome> {
  await lockMemory(tx, scope.userId);
  const { saidAt = new Date(), ...fact } = storable(proposal);
  if (by === 'user' || by === 'admin') await liftTombstones(tx, scope, fingerprints.of(fact));
  else if (await isForgotten(tx, scope, fingerprints.of(fact), saidAt)) return { operation: 'blocked' };
  const outcome = await decide(tx, scope, fact, by);
  if (outcome.operation !== 'blocked') await touch(tx, scope);
  return outcome;
}

type Fact = Omit<Proposal, 'saidAt'>;

async function decide(tx: Transaction, scope: Scope, proposal: Fact, by: Rememberer): Promise<Outcome> {
  const same = await sameFact(tx, scope, proposal);
  if (same !== undefined) return confirm(tx, same, by);
  const rival = await rivalOf(tx, scope, proposal);
  if (rival === undefined) return { operation: 'add', memory: await add(tx, scope, proposal, by) };
  const isOverruling = by === 'user' || by === 'admin';
  if (!isOverruling && (rival.pinned || rival.source === 'user_edit'))
    return { operation: 'review', memory: await add(tx, scope, proposal, by, { status: 'pending_review' }) };
  return isOlder(proposal, rival)
    ? { operation: 'history', memory: await addHistory(tx, scope, proposal, rival, by) }
    : { operation: 'supersede', memory: await supersede(tx, scope, proposal, rival, by) };
}

function within({ userId, persona }: Scope) {
  return and(eq(memories.userId, userId), eq(memories.persona, persona));
}

/** The same thing, said before: the same value of the same slot, or the same words. */
async function sameFact(tx: Transaction, scope: Scope, proposal: Fact): Promise<Memory | undefined> {
  const candidates = await tx
    .select()
    .from(memories)
    .where(
      and(
        within(scope),
        eq(memories.category, proposal.category),
        eq(memories.status, 'active'),
        proposal.slot == null ? isNull(memories.slot) : eq(memories.slot, proposal.slot),
      ),
    );
  const wanted = normalised(proposal.text);
  return candidates.find(({ text }) => normalised(text) === wanted);
}

/** What a single-valued slot holds now. */
async function rivalOf(tx: Transaction, scope: Scope, proposal: Fact): Promise<Memory | undefined> {
  if (proposal.slot == null || proposal.cardinality !== 'one') return undefined;
  const [row] = await tx
    .select()
    .from(memories)
    .where(
      and(
        within(scope),
        eq(memories.category, proposal.category),
        eq(memories.slot, proposal.slot),
        eq(memories.cardinality, 'one'),
        eq(memories.status, 'active'),
      ),
    );
  return row;
}

function isOlder({ validFrom }: Fact, rival: Memory): boolean {
  return validFrom != null && validFrom.getTime() < (rival.validFrom ?? rival.recordedAt).getTime();
}

async function add(
  tx: Transaction,
  scope: Scope,
  proposal: Fact,
  by: Rememberer,
  more: Partial<Memory> = {},
): Promise<Memory> {
  const [row] = await tx
    .insert(memories)
    .values({ ...scope, ...proposal, ...more })
    .returning();
  if (row === undefined) throw new Error('the database returned no row for an insert');
  await showFact(tx, row);
  await note(tx, row, 'add', by, { after: contentOf(row) });
  return row;
}

async function confirm(tx: Transaction, known: Memory, by: Rememberer): Promise<Outcome> {
  const [row] = await tx
    .update(memories)
    .set({ mentionCount: known.mentionCount + 1, lastMentionedAt: sql`now()` })
    .where(eq(memories.id, known.id))
    .returning();
  await note(tx, known, 'confirm', by, {});
  return { operation: 'confirm', memory: row ?? known };
}

async function supersede(
  tx: Transaction,
  scope: Scope,
  proposal: Fact,
  rival: Memory,
  by: Rememberer,
): Promise<Memory> {
  // First out of the way, because a slot holds one value at a time.
  const [retired] = await tx
    .update(memories)
    .set({ status: 'superseded', validTo: proposal.validFrom ?? sql`now()`, retiredAt: sql`now()` })
    .where(eq(memories.id, rival.id))
    .returning();
  const row = await add(tx, scope, proposal, by);
  await tx.update(memories).set({ supersededBy: row.id }).where(eq(memories.id, rival.id));
  if (retired !== undefined) await showFact(tx, retired);
  await note(tx, rival, 'supersede', by, { before: contentOf(rival), after: contentOf(row) });
  return row;
}

/** It was true before what is known now: kept, and over. */
async function addHistory(
  tx: Transaction,
  scope: Scope,
  proposal: Fact,
  rival: Memory,
  by: Rememberer,
): Promise<Memory> {
  return add(tx, scope, proposal, by, {
    status: 'superseded',
    supersededBy: rival.id,
    validTo: proposal.validTo ?? rival.validFrom ?? rival.recordedAt,
    retiredAt: new Date(),
  });
}

/** What of a fact its history shows. */
export function contentOf({ category, slot, text, value, status }: Memory) {
  return { category, slot, text, value, status };
}

/** Writes down what was done to a memory. */
export async function note(
  tx: Transaction,
  { id: memoryId, userId, persona, callId }: Memory,
  operation: (typeof memoryEvents.$inferInsert)['operation'],
  actor: Rememberer,
  contents: { before?: unknown; after?: unknown },
): Promise<void> {
  await tx.insert(memoryEvents).values({ memoryId, userId, persona, callId, operation, actor, ...contents });
}
