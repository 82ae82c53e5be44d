import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { Transaction } from '../../db/connection.ts';
import {
  callSummaries,
  calls,
  callTurns,
  commitments,
  memories,
  memoryDocuments,
  memoryEvents,
  storylines,
  userPersonaRelationships,
  userProfiles,
  webhookInbox,
} from '../../db/schema/index.ts';
import { allPromises, printsOfPromise } from './commitments.ts';
import { note } from './facts.ts';
import type { Fingerprints } from './fingerprints.ts';
import { emptyRecords, REDACTED } from './redaction.ts';
import { lockMemory, type Scope, SHARED, touch } from './scope.ts';
import { bury } from './tombstones.ts';

/**
 * Erases what a persona knows of a user: memories with their history, what was said in calls, event logs, summaries,
 * storylines, promises, and the user's own words about the relationship. That there were calls, and what they cost, stays;
 * so do tombstones, by which nothing of it is learned again.
 * @returns how many memories there were.
 */
export async function erasePersona(
  tx: Transaction,
  scope: Scope,
  fingerprints: Fingerprints,
): Promise<number> {
  await lockMemory(tx, scope.userId);
  await eraseCalls(tx, scope);
  for (const { promise } of await allPromises(tx, scope))
    await bury(tx, scope, printsOfPromise(fingerprints, promise));
  for (const table of [callSummaries, storylines, commitments, memoryDocuments])
    await tx.delete(table).where(and(eq(table.userId, scope.userId), eq(table.persona, scope.persona)));
  await tx
    .update(userPersonaRelationships)
    .set({
      relationshipType: 'friend',
      customSystemPrompt: null,
      memoryConfig: {},
      firstMessage: null,
      firstMessageMemories: [],
    })
    .where(
      and(
        eq(userPersonaRelationships.userId, scope.userId),
        eq(userPersonaRelationships.persona, scope.persona),
      ),
    );
  return eraseFacts(tx, scope, fingerprints);
}

/** The same for every persona, with what is shared by them, the profile, and what webhooks brought. */
export async function eraseEverything(
  tx: Transaction,
  userId: string,
  fingerprints: Fingerprints,
): Promise<number> {
  await lockMemory(tx, userId);
  let count = await eraseFacts(tx, { userId, persona: SHARED }, fingerprints);
  for (const persona of await personasOf(tx, userId))
    count += await erasePersona(tx, { userId, persona }, fingerprints);
  await tx.delete(userProfiles).where(eq(userProfiles.userId, userId));
  // The rows stay, so that a webhook that comes again is known.
  await tx.update(webhookInbox).set({ payload: null, sealed: null }).where(eq(webhookInbox.userId, userId));
  return count;
}

async function eraseFacts(tx: Transaction, scope: Scope, fingerprints: Fingerprints): Promise<number> {
  const { userId, persona } = scope;
  const gone = await tx
    .delete(memories)
    .where(and(eq(memories.userId, userId), eq(memories.persona, persona)))
    .returning();
  for (const memory of gone) {
    await bury(tx, scope, fingerprints.of(memory));
    await note(tx, { ...memory, callId: null }, 'forget', 'user', {});
  }
  await tx
    .update(memoryEvents)
    .set({ before: null, after: null })
    .where(and(eq(memoryEvents.userId, userId), eq(memoryEvents.persona, persona)));
  await touch(tx, scope);
  return gone.length;
}

/** What was said in them. A call that was not learned from yet has nothing to tell any more. */
async function eraseCalls(tx: Transaction, { userId, persona }: Scope): Promise<void> {
  const theirs = and(eq(calls.userId, userId), eq(calls.persona, persona));
  const ids = tx.select({ id: calls.id }).from(calls).where(theirs);
  await tx.update(callTurns).set({ text: REDACTED }).where(inArray(callTurns.callId, ids));
  await emptyRecords(tx, ids);
  await tx
    .update(calls)
    .set({ rememberedAt: sql`now()` })
    .where(and(theirs, eq(calls.state, 'ended'), isNull(calls.rememberedAt)));
}

/** The personas that have something of a user. */
async function personasOf(tx: Transaction, userId: string): Promise<string[]> {
  const found = [
    await tx.selectDistinct({ persona: memories.persona }).from(memories).where(eq(memories.userId, userId)),
    await tx.selectDistinct({ persona: calls.persona }).from(calls).where(eq(calls.userId, userId)),
    await tx
      .select({ persona: userPersonaRelationships.persona })
      .from(userPersonaRelationships)
      .where(eq(userPersonaRelationships.userId, userId)),
  ];
  return [...new Set(found.flat().map(({ persona }) => persona))].filter((persona) => persona !== SHARED);
}
