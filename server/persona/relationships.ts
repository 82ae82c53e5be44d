import { and, eq, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { callSummaries, memories, userPersonaRelationships, users } from '../../db/schema/index.ts';
import { RingbackError } from '../errors.ts';
import { type MemoryCategory, remember } from '../memory/facts.ts';
import type { Fingerprints } from '../memory/fingerprints.ts';
import { forget } from '../memory/forgetting.ts';
import { type MemoryConfig, memoryConfig } from '../memory/memory-config.ts';
import { profileOf, unknownOf } from '../memory/profile.ts';
import { type Scope, touch } from '../memory/scope.ts';
import { incrementStats } from '../memory/stats.ts';
import type { Callee } from './briefing.ts';
import { buildPrompt, type CompositePrompt } from './composite-prompt.ts';
import { entriesOf, entryOf, type LongTermMemory, longTermMemoryOf } from './long-term-memory.ts';
import { activeFacts, type RecentContext, recentContext } from './remembered.ts';

/** A relationship with the customer's names. */
export interface Relationship {
  user_id: string;
  persona_id: string;
  relationship_type: string;
  custom_system_prompt: string | null;
  memory_config: MemoryConfig;
  total_calls: number;
  total_minutes: number;
  last_call_at: Date | null;
}

/** What a relationship's changeable parts may be. */
export type RelationshipChange = Partial<
  Pick<Relationship, 'relationship_type' | 'custom_system_prompt'> & { memory_config: Partial<MemoryConfig> }
>;

const DEFAULT_TOKENS = 4_300;
const SLOT = /^[a-z][a-z0-9_.]{0,63}$/;

/**
 * What a persona is to a user and what it knows of them, in the customer's API. Brad can be Alice's bro and Bob's
 * boyfriend: everything here is about one user and one persona, and nothing of it is known in another relationship.
 */
export class PersonaRelationshipManager {
  readonly #db: Database;
  readonly #fingerprints: Fingerprints;
  readonly #actor: Actor;

  /** @param actor on whose behalf; the database shows no more than they may see. */
  constructor(
    db: Database,
    fingerprints: Fingerprints,
    actor: Actor = { kind: 'system', purpose: 'relationships' },
  ) {
    this.#db = db;
    this.#fingerprints = fingerprints;
    this.#actor = actor;
  }

  /** The relationship; made as `type` when there is none yet. */
  async getOrCreateRelationship(userId: string, personaId: string, type = 'friend'): Promise<Relationship> {
    return this.#db.as(this.#actor, async (tx) => {
      await tx
        .insert(userPersonaRelationships)
        .values({ userId, persona: personaId, relationshipType: type })
        .onConflictDoNothing();
      return viewOf(await rowOf(tx, { userId, persona: personaId }));
    });
  }

  /** Changes what is given, and leaves the rest. @throws RingbackError `relationship_invalid`. */
  async updateRelationship(
    userId: string,
    personaId: string,
    change: RelationshipChange,
  ): Promise<Relationship> {
    await this.getOrCreateRelationship(userId, personaId);
    return this.#db.as(this.#actor, async (tx) => {
      const before = await rowOf(tx, { userId, persona: personaId });
      const config = memoryConfig.safeParse({ ...(before.memoryConfig as object), ...change.memory_config });
      if (!config.success)
        throw new RingbackError(
          'relationship_invalid',
          'This memory_config has values that it cannot have.',
          {
            remedy: config.error.issues
              .map(({ path, message }) => `${path.join('.')}: ${message}`)
              .join('; '),
          },
        );
      const [row] = await tx
        .update(userPersonaRelationships)
        .set({
          relationshipType: change.relationship_type ?? before.relationshipType,
          customSystemPrompt:
            change.custom_system_prompt === undefined
              ? before.customSystemPrompt
              : change.custom_system_prompt,
          memoryConfig: config.data,
        })
        .where(eq(userPersonaRelationships.id, before.id))
        .returning();
      return viewOf(row ?? before);
    });
  }

  /** Everything that the persona knows for long, by category. */
  async getLongTermMemory(userId: string, personaId: string): Promise<LongTermMemory> {
    const facts = await this.#db.as(this.#actor, (tx) => activeFacts(tx, { userId, persona: personaId }));
    return longTermMemoryOf(facts);
  }

  /** Takes over what is given and leaves everything else: what is not named is not wiped. */
  async setLongTermMemory(userId: string, personaId: string, memory: Partial<LongTermMemory>): Promise<void> {
    await this.#db.as(this.#actor, async (tx) => {
      for (const entry of entriesOf(memory)) await this.#remember(tx, { userId, persona: personaId }, entry);
    });
  }

  /** Adds a fact, or gives its key another value. @throws RingbackError `memory_key_invalid`. */
  async addFact(
    userId: string,
    personaId: string,
    category: MemoryCategory,
    key: string,
    value: unknown,
  ): Promise<void> {
    assertKey(key);
    await this.#db.as(this.#actor, (tx) =>
      this.#remember(tx, { userId, persona: personaId }, entryOf(category, key, value, 'one')),
    );
  }

  async #remember(tx: Transaction, scope: Scope, entry: ReturnType<typeof entryOf>): Promise<void> {
    if (entry.text.trim() === '') return;
    if (entry.slot !== null) assertKey(entry.slot);
    await remember(tx, scope, this.#fingerprints, { ...entry, source: 'user_edit' }, 'user');
  }

  /** Forgets the facts under a key for good. @returns how many there were. */
  async deleteFact(
    userId: string,
    personaId: string,
    category: MemoryCategory,
    key: string,
  ): Promise<number> {
    const scope = { userId, persona: personaId };
    return this.#db.as(this.#actor, async (tx) => {
      const rows = await tx
        .select({ id: memories.id })
        .from(memories)
        .where(
          and(
            eq(memories.userId, userId),
            eq(memories.persona, personaId),
            eq(memories.category, category),
            eq(memories.slot, key),
          ),
        );
      return forget(
        tx,
        scope,
        this.#fingerprints,
        rows.map(({ id }) => id),
        'user',
      );
    });
  }

  /** What the last calls were about, newest first, and what goes on between them. */
  async getRecentContext(userId: string, personaId: string): Promise<RecentContext> {
    return this.#db.as(this.#actor, async (tx) => {
      const scope = { userId, persona: personaId };
      const [relationship] = await tx.select().from(userPersonaRelationships).where(isOf(scope));
      const { recent_calls: most } = memoryConfig.parse(relationship?.memoryConfig ?? {});
      return recentContext(tx, scope, most);
    });
  }

  /** Notes what a call was about; a second time takes the place of the first. */
  async updateRecentContext(
    userId: string,
    personaId: string,
    callId: string,
    summary: string,
    keyTopics: string[],
    outcome: string,
  ): Promise<void> {
    const values = { summary, keyTopics, outcome, madeBy: 'api' };
    await this.#db.as(this.#actor, async (tx) => {
      await tx
        .insert(callSummaries)
        .values({ callId, userId, persona: personaId, at: sql`now()`, ...values })
        .onConflictDoUpdate({ target: callSummaries.callId, set: values });
      await touch(tx, { userId, persona: personaId });
    });
  }

  /** The system prompt of a call: who the persona is, what it is to the user, and what it remembers, within a budget. */
  async buildCompositePrompt(
    userId: string,
    personaId: string,
    corePersonaPrompt: string,
    personalityTraits: readonly string[],
    tokenBudget = DEFAULT_TOKENS,
  ): Promise<CompositePrompt> {
    return this.#db.as(this.#actor, (tx) =>
      buildPrompt(tx, { userId, persona: personaId }, { corePersonaPrompt, personalityTraits, tokenBudget }),
    );
  }

  /** Whom a call is for, beside what is remembered of them. @throws RingbackError `user_unknown`. */
  async calleeOf(
    userId: string,
    personaId: string,
  ): Promise<Omit<Callee, 'core' | 'remembered' | 'takesMessages' | 'recording' | 'canProve'>> {
    return this.#db.as(this.#actor, async (tx) => {
      const [user] = await tx
        .select({ displayName: users.displayName, timeZone: users.timeZone, ageBand: users.ageBand })
        .from(users)
        .where(eq(users.id, userId));
      if (user === undefined)
        throw new RingbackError('user_unknown', 'There is no such user.', { remedy: 'Check the user id.' });
      const [row] = await tx
        .select()
        .from(userPersonaRelationships)
        .where(isOf({ userId, persona: personaId }));
      const { personal_first_message: isWanted } = memoryConfig.parse(row?.memoryConfig ?? {});
      const firstMessage = isWanted ? (row?.firstMessage ?? null) : null;
      const talkedBefore = isWanted && (row?.totalCalls ?? 0) > 0;
      return { ...user, firstMessage, talkedBefore, unknown: unknownOf(await profileOf(tx, userId)) };
    });
  }

  /** Counts a call that was held. */
  async incrementCallStats(userId: string, personaId: string, durationMinutes: number): Promise<void> {
    await this.getOrCreateRelationship(userId, personaId);
    await this.#db.as(this.#actor, (tx) =>
      incrementStats(tx, { userId, persona: personaId }, durationMinutes, new Date()),
    );
  }
}

type Row = typeof userPersonaRelationships.$inferSelect;

function isOf({ userId, persona }: Scope) {
  return and(eq(userPersonaRelationships.userId, userId), eq(userPersonaRelationships.persona, persona));
}

async function rowOf(tx: Transaction, scope: Scope): Promise<Row> {
  const [row] = await tx.select().from(userPersonaRelationships).where(isOf(scope));
  if (row === undefined)
    throw new RingbackError('relationship_unknown', 'There is no such relationship.', {
      remedy: 'Check the user and the persona.',
    });
  return row;
}

function viewOf(row: Row): Relationship {
  return {
    user_id: row.userId,
    persona_id: row.persona,
    relationship_type: row.relationshipType,
    custom_system_prompt: row.customSystemPrompt,
    memory_config: memoryConfig.parse(row.memoryConfig),
    total_calls: row.totalCalls,
    total_minutes: row.totalMinutes,
    last_call_at: row.lastCallAt,
  };
}

function assertKey(key: string): void {
  if (SLOT.test(key)) return;
  throw new RingbackError('memory_key_invalid', 'This key cannot name a memory.', {
    remedy: 'Use small letters, digits, _ and . (at most 64, a letter first), such as favorite_food.',
  });
}
