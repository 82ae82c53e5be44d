import { and, asc, desc, eq, inArray, or, type SQL, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { memories, memoryEvents } from '../../db/schema/index.ts';
import { RingbackError } from '../errors.ts';
import { showFact } from './documents.ts';
import {
  contentOf,
  type Memory,
  note,
  type Outcome,
  type Proposal,
  type Rememberer,
  remember,
} from './facts.ts';
import type { Fingerprints } from './fingerprints.ts';
import { forget } from './forgetting.ts';
import { type Scope, SHARED, touch, visibleTo } from './scope.ts';
import { storable } from './storable.ts';

export interface MemoryEdit {
  text?: string;
  value?: unknown;
  pinned?: boolean;
  importance?: number;
  /** true: every persona of the user may know it. */
  shared?: boolean;
}

/** What a user can do with what is remembered of them: read, add, correct, pin, share, forget. */
export class MemoryBook {
  readonly #db: Database;
  readonly #fingerprints: Fingerprints;

  constructor(db: Database, fingerprints: Fingerprints) {
    this.#db = db;
    this.#fingerprints = fingerprints;
  }

  /** Every memory of a relationship, the shared ones included. @param asOf what was true then, as far as it is known. */
  list(actor: Actor, scope: Scope, asOf: Date | null): Promise<Memory[]> {
    return this.#db.as(actor, (tx) =>
      tx
        .select()
        .from(memories)
        .where(and(visibleTo(scope, memories), asOf === null ? undefined : inForceAt(asOf)))
        .orderBy(asc(memories.category), asc(memories.ordinal)),
    );
  }

  /** Remembers what somebody writes down. */
  add(actor: Actor, scope: Scope, proposal: Proposal, by: Rememberer): Promise<Outcome> {
    return this.#db.as(actor, (tx) => remember(tx, scope, this.#fingerprints, proposal, by));
  }

  /** Corrects, pins or shares a memory. @throws RingbackError `memory_unknown`. */
  edit(actor: Actor, scope: Scope, key: string, change: MemoryEdit): Promise<Memory> {
    return this.#db.as(actor, async (tx) => {
      const [before] = await find(tx, scope, key);
      if (before === undefined) throw unknownMemory();
      const isCorrected = change.text !== undefined && change.text !== before.text;
      const [after] = await tx
        .update(memories)
        .set(edited(before, storable(change), isCorrected, scope.persona))
        .where(eq(memories.id, before.id))
        .returning();
      if (after === undefined) throw unknownMemory();
      await showFact(tx, after);
      await note(tx, after, isCorrected ? 'edit' : 'pin', 'user', {
        before: contentOf(before),
        after: contentOf(after),
      });
      for (const persona of new Set([before.persona, after.persona])) await touch(tx, { ...scope, persona });
      return after;
    });
  }

  /** Forgets the memory with this id, or all under `<category>.<slot>`. @throws RingbackError `memory_unknown`. */
  forget(actor: Actor, scope: Scope, key: string): Promise<number> {
    return this.#db.as(actor, async (tx) => {
      const count = await this.#forget(tx, scope, key);
      if (count === 0) throw unknownMemory();
      return count;
    });
  }

  /** Forgets several, all or none; a key of nothing is passed over. @returns how many there were. */
  forgetEach(actor: Actor, scope: Scope, keys: readonly string[]): Promise<number> {
    return this.#db.as(actor, async (tx) => {
      let count = 0;
      for (const key of keys) count += await this.#forget(tx, scope, key);
      return count;
    });
  }

  async #forget(tx: Transaction, scope: Scope, key: string): Promise<number> {
    let count = 0;
    for (const { id, persona } of await find(tx, scope, key))
      count += await forget(tx, { ...scope, persona }, this.#fingerprints, [id], 'user');
    return count;
  }

  /**
   * What was done to a memory and to those whose place it has taken, oldest first.
   * @throws RingbackError `memory_unknown`.
   */
  history(actor: Actor, scope: Scope, key: string) {
    return this.#db.as(actor, async (tx) => {
      const [memory] = await find(tx, scope, key);
      if (memory === undefined) throw unknownMemory();
      const replaced = tx
        .select({ id: memories.id })
        .from(memories)
        .where(eq(memories.supersededBy, memory.id));
      return tx
        .select()
        .from(memoryEvents)
        .where(or(eq(memoryEvents.memoryId, memory.id), inArray(memoryEvents.memoryId, replaced)))
        .orderBy(asc(memoryEvents.id));
    });
  }

  /** What was learned in a call, changed by it, or blocked: oldest first. */
  learnedIn(actor: Actor, callId: string) {
    return this.#db.as(actor, (tx) =>
      tx.select().from(memoryEvents).where(eq(memoryEvents.callId, callId)).orderBy(asc(memoryEvents.id)),
    );
  }
}

/** A correction is the user's own word: what was heard for it before does not belong to it any more. */
function edited(before: Memory, change: MemoryEdit, isCorrected: boolean, persona: string): Partial<Memory> {
  const { text = before.text, pinned = before.pinned, importance = before.importance, shared } = change;
  const kept = isCorrected ? null : before.value;
  return {
    text,
    pinned,
    importance,
    value: change.value === undefined ? kept : change.value,
    persona: shared === undefined ? before.persona : shared ? SHARED : persona,
    ...(isCorrected ? { source: 'user_edit', status: 'active', quote: null, aliases: [] } : {}),
  };
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

function find(tx: Transaction, scope: Scope, key: string): Promise<Memory[]> {
  return tx
    .select()
    .from(memories)
    .where(and(visibleTo(scope, memories), named(key)))
    .orderBy(sql`${memories.status} = 'active' desc`, desc(memories.ordinal));
}

function named(key: string): SQL | undefined {
  if (UUID.test(key)) return eq(memories.id, key);
  const dot = key.indexOf('.');
  const [category, slot] = [key.slice(0, Math.max(0, dot)), key.slice(dot + 1)];
  return and(sql`${memories.category} = ${category}`, eq(memories.slot, slot));
}

/** In force at a moment: true in the world then, by what is known today. */
function inForceAt(at: Date): SQL | undefined {
  const then = at.toISOString();
  return and(
    or(eq(memories.status, 'active'), eq(memories.status, 'superseded'), eq(memories.status, 'expired')),
    sql`coalesce(${memories.validFrom}, ${memories.recordedAt}) <= ${then}::timestamptz`,
    sql`coalesce(${memories.validTo}, 'infinity') > ${then}::timestamptz`,
  );
}

function unknownMemory(): RingbackError {
  return new RingbackError('memory_unknown', 'There is no such memory in this relationship.', {
    remedy: 'Use an id from the list, or <category>.<slot>.',
  });
}
