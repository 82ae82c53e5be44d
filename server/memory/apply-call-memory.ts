import { and, eq, sql } from 'drizzle-orm';
import type { Transaction } from '../../db/connection.ts';
import { callSummaries, memories, userPersonaRelationships } from '../../db/schema/index.ts';
import { momentIn } from '../zoned-time.ts';
import { showFact } from './documents.ts';
import type { KnownFact } from './extraction-request.ts';
import type { CallMemory, ProposedFact } from './extraction-schema.ts';
import { contentOf, note, remember } from './facts.ts';
import type { Fingerprints } from './fingerprints.ts';
import type { HeldCall } from './held-call.ts';
import { memoryConfig } from './memory-config.ts';
import { callersTurns, turnOfQuote } from './quotes.ts';
import { takeBackEarlier } from './relearning.ts';
import { type Scope, touch } from './scope.ts';
import { keepCommitment, keepProfile, keepStoryline } from './what-goes-on.ts';

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
  await takeBackEarlier(tx, call);
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
  await keepProfile(tx, call, learned.profile);
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
  await touch(tx, call.scope);
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
      expiresAt: fact.temporary_until === null ? null : momentIn(fact.temporary_until, call.timeZone),
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

/** A date that a model wrote; null when it is none. */
function dateOf(text: string | null): Date | null {
  if (text === null) return null;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? null : date;
}
