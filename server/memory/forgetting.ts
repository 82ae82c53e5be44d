import { and, arrayOverlaps, eq, inArray, sql } from 'drizzle-orm';
import type { Transaction } from '../../db/connection.ts';
import { memories, memoryEvents, userPersonaRelationships } from '../../db/schema/index.ts';
import { type Memory, note, type Rememberer } from './facts.ts';
import type { Fingerprints } from './fingerprints.ts';
import { redact } from './redaction.ts';
import { lockMemory, type Scope, touch } from './scope.ts';
import { bury } from './tombstones.ts';

/**
 * Forgets facts for good: the rows, what search has of them, what their history said, the turns that told them, and the
 * first message that rests on them. What stays is a keyed hash, so that they are not learned again, and that something was forgotten.
 * @returns how many there were.
 */
export async function forget(
  tx: Transaction,
  scope: Scope,
  fingerprints: Fingerprints,
  memoryIds: readonly string[],
  by: Rememberer,
): Promise<number> {
  if (memoryIds.length === 0) return 0;
  await lockMemory(tx, scope.userId);
  const gone = await tx
    .delete(memories)
    .where(
      and(
        eq(memories.userId, scope.userId),
        eq(memories.persona, scope.persona),
        inArray(memories.id, [...memoryIds]),
      ),
    )
    .returning();
  for (const memory of gone) {
    await bury(tx, scope, fingerprints.of(memory));
    await scrubHistory(tx, memory);
    await redact(tx, scope, memory);
    await note(tx, { ...memory, callId: null }, 'forget', by, {});
  }
  await dropFirstMessages(
    tx,
    scope.userId,
    gone.map(({ id }) => id),
  );
  if (gone.length > 0) await touch(tx, scope);
  return gone.length;
}

/** Its own history, and where another fact's history tells what it was. */
async function scrubHistory(tx: Transaction, { id, userId, text }: Memory): Promise<void> {
  await tx
    .update(memoryEvents)
    .set({ before: null, after: null })
    .where(
      and(
        eq(memoryEvents.userId, userId),
        sql`(${memoryEvents.memoryId} = ${id} or ${memoryEvents.before}->>'text' = ${text} or ${memoryEvents.after}->>'text' = ${text})`,
      ),
    );
}

async function dropFirstMessages(
  tx: Transaction,
  userId: string,
  memoryIds: readonly string[],
): Promise<void> {
  if (memoryIds.length === 0) return;
  await tx
    .update(userPersonaRelationships)
    .set({ firstMessage: null, firstMessageMemories: [] })
    .where(
      and(
        eq(userPersonaRelationships.userId, userId),
        arrayOverlaps(userPersonaRelationships.firstMessageMemories, [...memoryIds]),
      ),
    );
}
