import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import type { Transaction } from '../../db/connection.ts';
import { callSummaries, memories, storylines } from '../../db/schema/index.ts';
import type { Memory } from '../memory/facts.ts';
import { type Scope, visibleTo } from '../memory/scope.ts';

/** What of a relationship's memory is in force now: for prompts, and for those whom it is about. */

export interface RecentContext {
  recent_calls: Array<{
    call_id: string;
    date: string;
    summary: string;
    key_topics: string[];
    outcome: string;
  }>;
  ongoing_storylines: Array<{ topic: string; status: string }>;
}

/** Facts in force now that this persona may know, oldest first. */
export function activeFacts(tx: Transaction, scope: Scope): Promise<Memory[]> {
  return tx
    .select()
    .from(memories)
    .where(
      and(
        visibleTo(scope, memories),
        eq(memories.status, 'active'),
        sql`coalesce(${memories.expiresAt}, 'infinity') > now()`,
        sql`coalesce(${memories.validTo}, 'infinity') > now()`,
      ),
    )
    .orderBy(memories.ordinal);
}

/** The customer's word for something that goes on. */
const STORYLINE_STATUS = { open: 'in_progress', waiting: 'waiting', closed: 'closed' } as const;

export async function recentContext(tx: Transaction, scope: Scope, most: number): Promise<RecentContext> {
  const calls = await tx
    .select()
    .from(callSummaries)
    .where(and(eq(callSummaries.userId, scope.userId), eq(callSummaries.persona, scope.persona)))
    .orderBy(desc(callSummaries.at))
    .limit(most);
  const lines = await tx
    .select()
    .from(storylines)
    .where(
      and(
        eq(storylines.userId, scope.userId),
        eq(storylines.persona, scope.persona),
        inArray(storylines.status, ['open', 'waiting']),
      ),
    )
    .orderBy(desc(storylines.updatedAt), storylines.topic);
  return {
    recent_calls: calls.map(({ callId, at, summary, keyTopics, outcome }) => ({
      call_id: callId,
      date: at.toISOString().slice(0, 10),
      summary,
      key_topics: keyTopics,
      outcome,
    })),
    ongoing_storylines: lines.map(({ topic, status }) => ({ topic, status: STORYLINE_STATUS[status] })),
  };
}
