import { and, asc, eq } from 'drizzle-orm';
import type { Transaction } from '../../db/connection.ts';
import {
  callSummaries,
  calls,
  callTurns,
  commitments,
  memories,
  storylines,
  userPersonaRelationships,
} from '../../db/schema/index.ts';
import { type Scope, visibleTo } from './scope.ts';

/** Everything that is kept of a relationship, in the form in which its user may take it elsewhere. */
export async function exportMemory(tx: Transaction, scope: Scope) {
  const { userId, persona } = scope;
  const theirs = (table: typeof callSummaries | typeof storylines | typeof commitments) =>
    and(eq(table.userId, userId), eq(table.persona, persona));
  const [relationship] = await tx
    .select()
    .from(userPersonaRelationships)
    .where(and(eq(userPersonaRelationships.userId, userId), eq(userPersonaRelationships.persona, persona)));
  return {
    persona,
    relationship: relationship ?? null,
    memories: await tx
      .select()
      .from(memories)
      .where(visibleTo(scope, memories))
      .orderBy(asc(memories.ordinal)),
    summaries: await tx
      .select()
      .from(callSummaries)
      .where(theirs(callSummaries))
      .orderBy(asc(callSummaries.at)),
    storylines: await tx.select().from(storylines).where(theirs(storylines)).orderBy(asc(storylines.topic)),
    commitments: await tx
      .select()
      .from(commitments)
      .where(theirs(commitments))
      .orderBy(asc(commitments.createdAt)),
    turns: await tx
      .select({
        callId: callTurns.callId,
        callAt: calls.createdAt,
        seq: callTurns.seq,
        speaker: callTurns.speaker,
        text: callTurns.text,
        interrupted: callTurns.interrupted,
      })
      .from(callTurns)
      .innerJoin(calls, eq(calls.id, callTurns.callId))
      .where(and(eq(calls.userId, userId), eq(calls.persona, persona)))
      .orderBy(asc(calls.createdAt), asc(callTurns.callId), asc(callTurns.seq)),
  };
}
