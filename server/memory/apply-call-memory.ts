import { and, eq, sql } from 'drizzle-orm';
import type { Transaction } from '../../db/connection.ts';
import {
  callSummaries,
  commitments,
  memories,
  storylines,
  userPersonaRelationships,
} from '../../db/schema/index.ts';
import { showFact } from './documents.ts';
import type { KnownFact } from './extraction-request.ts';
import type { CallMemory, ProposedFact } from './extraction-schema.ts';
import { contentOf, note, remember } from './facts.ts';
import type { Fingerprints } from './fingerprints.ts';
import type { HeldCall } from './learning.ts';
import { memoryConfig } from './memory-config.ts';
import { turnOfQuote } from './quotes.ts';
import { type Scope, touch } from './scope.ts';

const SLOT = /^[a-z][a-z0-9_.]{0,63}$/;

/** Takes over what a model proposes about a call, as far as the call bears it out. */
export async function applyCallMemory(
  tx: Transaction,
  fingerprints: Fingerprints,
  call: HeldCall,
  known: readonly KnownFact[],
  learned: CallMemory,
  madeBy: string,
): Promise<void> {
  const config = await configOf(tx, call.scope);
  const rememberedIds: string[] = [];
  for (const fact of learned.facts) {
    if (config.hidden_categories.includes(fact.category)) continue;
    const id =
      fact.op === 'retract' ? await retract(tx, call, known, fact) : await take(tx, fingerprints, call, fact);
    if (id !== null) rememberedIds.push(id);
  }
  for (const line of learned.storylines) await keepStoryline(tx, call, line);
  for (const promise of learned.commitments) await keepCommitment(tx, call, promise);
  const values = {
    summary: learned.summary,
    keyTopics: learned.key_topics,
    outcome: learned.outcome,
    madeBy,
  };
  await tx
    .insert(callSummaries)
    .values({ callId: call.id, ...call.scope, at: call.endedAt, ...values })
    .onConflictDoUpdate({ target: callSummaries.callId, set: values });
  if (config.personal_first_message)
    await tx
      .update(userPersonaRelationships)
      .set({ firstMessage: learned.first_message_hooks[0] ?? null, firstMessageMemories: rememberedIds })
      .where(within(call.scope));
}

async function configOf(tx: Transaction, scope: Scope) {
  const [row] = await tx
    .select({ config: userPersonaRelationships.memoryConfig })
    .from(userPersonaRelationships)
    .where(within(scope));
  return memoryConfig.parse(row?.config ?? {});
}

function within({ userId, persona }: Scope) {
  return and(eq(userPersonaRelationships.userId, userId), eq(userPersonaRelationships.persona, persona));
}

/** A fact counts when somebody said it in this call, and it was not the persona alone. @returns its id, or null. */
async function take(
  tx: Transaction,
  fingerprints: Fingerprints,
  call: HeldCall,
  fact: ProposedFact,
): Promise<string | null> {
  if (fact.source === 'persona_said' || fact.text.trim() === '') return null;
  const saidIn = turnOfQuote(fact.quote, callersTurns(call), fact.turns);
  if (saidIn === null) return null;
  const numbers = new Set(call.turns.map(({ seq }) => seq));
  const slot = fact.slot !== null && SLOT.test(fact.slot) ? fact.slot : null;
  const outcome = await remember(
    tx,
    call.scope,
    fingerprints,
    {
      category: fact.category,
      sector: fact.sector,
      slot,
      cardinality: slot === null ? 'many' : fact.cardinality,
      text: fact.text,
      aliases: fact.aliases,
      source: fact.source,
      confidence: fact.confidence,
      importance: fact.importance,
      sensitive: fact.sensitive,
      validFrom: dateOf(fact.valid_from),
      expiresAt: dateOf(fact.temporary_until),
      callId: call.id,
      turnSeqs: [...new Set([saidIn, ...fact.turns.filter((seq) => numbers.has(seq))])],
      quote: fact.quote,
      saidAt: call.endedAt,
    },
    'extraction',
  );
  return outcome.operation === 'blocked' ? null : outcome.memory.id;
}

/** The person said that something known is not so (any more). What they wrote or pinned themselves stays. */
async function retract(
  tx: Transaction,
  call: HeldCall,
  known: readonly KnownFact[],
  fact: ProposedFact,
): Promise<null> {
  const target = known.find(({ name }) => name === fact.target_id);
  if (target === undefined || turnOfQuote(fact.quote, callersTurns(call), fact.turns) === null) return null;
  const [before] = await tx.select().from(memories).where(eq(memories.id, target.id));
  if (before === undefined || before.pinned || before.source === 'user_edit') return null;
  const [after] = await tx
    .update(memories)
    .set({ status: 'expired', validTo: call.endedAt, retiredAt: sql`now()` })
    .where(and(eq(memories.id, target.id), eq(memories.status, 'active')))
    .returning();
  if (after === undefined) return null;
  await showFact(tx, after);
  await touch(tx, call.scope);
  await note(tx, { ...after, callId: call.id }, 'expire', 'extraction', { before: contentOf(before) });
  return null;
}

function callersTurns(call: HeldCall) {
  return call.turns.filter(({ speaker }) => speaker === 'caller');
}

async function keepStoryline(
  tx: Transaction,
  call: HeldCall,
  line: CallMemory['storylines'][number],
): Promise<void> {
  const values = {
    status: line.status,
    lastState: line.last_state,
    nextExpected: line.next_expected,
    followUpAfter: dateOf(line.follow_up_after),
    callId: call.id,
    updatedAt: call.endedAt,
  };
  await tx
    .insert(storylines)
    .values({ ...call.scope, topic: line.topic, ...values })
    .onConflictDoUpdate({ target: [storylines.userId, storylines.persona, storylines.topic], set: values });
}

/** A promise counts when the person made it in this call; one that is known takes its new state. */
async function keepCommitment(
  tx: Transaction,
  call: HeldCall,
  promise: CallMemory['commitments'][number],
): Promise<void> {
  if (turnOfQuote(promise.quote, callersTurns(call), []) === null) return;
  const settledAt = promise.status === 'open' ? null : call.endedAt;
  const values = { dueAt: dateOf(promise.due_at), status: promise.status, settledAt };
  const updated = await tx
    .update(commitments)
    .set(values)
    .where(
      and(
        eq(commitments.userId, call.scope.userId),
        eq(commitments.persona, call.scope.persona),
        sql`lower(${commitments.promise}) = lower(${promise.promise})`,
        eq(commitments.status, 'open'),
      ),
    )
    .returning({ id: commitments.id });
  if (updated.length > 0) return;
  await tx
    .insert(commitments)
    .values({ ...call.scope, promise: promise.promise, quote: promise.quote, callId: call.id, ...values });
}

/** A date that a model wrote; null when it is none. */
function dateOf(text: string | null): Date | null {
  if (text === null) return null;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? null : date;
}
