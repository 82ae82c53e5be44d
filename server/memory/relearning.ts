import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Transaction } from '../../db/connection.ts';
import { callSummaries, memories } from '../../db/schema/index.ts';
import { showFact } from './documents.ts';
import { contentOf, type Memory, note } from './facts.ts';
import type { HeldCall } from './held-call.ts';

/**
 * Before a call is learned from with a newer prompt: takes back what an older one made of it, where nobody has touched it
 * since. What the user corrected or pinned stays, and so does what was said again in other calls; a fact that had given way
 * is in force again.
 */
export async function takeBackEarlier(tx: Transaction, call: HeldCall): Promise<void> {
  const [summary] = await tx
    .select({ madeBy: callSummaries.madeBy })
    .from(callSummaries)
    .where(eq(callSummaries.callId, call.id));
  if (summary === undefined) return;
  const untouched = await tx
    .select()
    .from(memories)
    .where(
      and(
        eq(memories.callId, call.id),
        eq(memories.userId, call.scope.userId),
        inArray(memories.source, ['stated', 'inferred']),
        inArray(memories.status, ['active', 'pending_review']),
        eq(memories.pinned, false),
        eq(memories.mentionCount, 1),
      ),
    );
  for (const memory of untouched) await takeBack(tx, memory);
}

async function takeBack(tx: Transaction, memory: Memory): Promise<void> {
  // Of what gave way to it, the newest: the rest was history already.
  const [before] = await tx
    .select({ id: memories.id })
    .from(memories)
    .where(and(eq(memories.supersededBy, memory.id), eq(memories.status, 'superseded')))
    .orderBy(sql`coalesce(${memories.validFrom}, ${memories.recordedAt}) desc`)
    .limit(1);
  await tx.delete(memories).where(eq(memories.id, memory.id));
  await note(tx, memory, 'expire', 'extraction', { before: contentOf(memory) });
  if (before === undefined) return;
  const [restored] = await tx
    .update(memories)
    .set({ status: 'active', validTo: null, retiredAt: null, supersededBy: null })
    .where(eq(memories.id, before.id))
    .returning();
  if (restored !== undefined) await showFact(tx, restored);
}
