import { and, eq, inArray, type SQLWrapper } from 'drizzle-orm';
import type { Transaction } from '../../db/connection.ts';
import {
  callEvents,
  callSummaries,
  calls,
  callTurns,
  commitments,
  memoryDocuments,
  storylines,
  webhookInbox,
} from '../../db/schema/index.ts';
import { eraseRecordings } from '../recording/erasing.ts';
import type { Memory } from './facts.ts';
import { redactProfile } from './profile.ts';
import { type Scope, SHARED } from './scope.ts';
import { tellsAllOf } from './search/words.ts';

/** What stands where something was that its user forgot. */
export const REDACTED = '[redacted]';

/**
 * Takes a forgotten fact out of what was said: the turns that it was learned from, and every turn, summary, storyline
 * and promise of this relationship that has all of its telling words. The event log of such a call is emptied.
 */
export async function redact(tx: Transaction, scope: Scope, memory: Memory): Promise<void> {
  const tells = tellsAllOf(memory.text);
  await redactTurns(
    tx,
    scope,
    ({ callId, seq, text }) => (callId === memory.callId && memory.turnSeqs.includes(seq)) || tells(text),
  );
  // A note is shorter than the fact: "run a marathon" tells what "Anna wants to run a marathon" told.
  await redactNotes(tx, scope, tells, (note) => tells(note) || tellsAllOf(note)(memory.text));
}

/** What was said in the calls of a relationship; for what is shared, in all of its user's calls. */
export function turnsWithin(tx: Transaction, { userId, persona }: Scope) {
  return tx
    .select({
      callId: callTurns.callId,
      seq: callTurns.seq,
      speaker: callTurns.speaker,
      text: callTurns.text,
    })
    .from(callTurns)
    .innerJoin(calls, eq(calls.id, callTurns.callId))
    .where(and(eq(calls.userId, userId), persona === SHARED ? undefined : eq(calls.persona, persona)));
}

/** Takes out the turns that `isMeant` says, with what search and the records of the call have of them. @returns how many. */
export async function redactTurns(
  tx: Transaction,
  scope: Scope,
  isMeant: (turn: { callId: string; seq: number; text: string }) => boolean,
): Promise<number> {
  const meant = (await turnsWithin(tx, scope)).filter(isMeant);
  for (const { callId, seq } of meant) {
    await tx
      .update(callTurns)
      .set({ text: REDACTED })
      .where(and(eq(callTurns.callId, callId), eq(callTurns.seq, seq)));
    await tx
      .delete(memoryDocuments)
      .where(
        and(
          eq(memoryDocuments.callId, callId),
          eq(memoryDocuments.turnSeq, seq),
          eq(memoryDocuments.kind, 'turn'),
        ),
      );
  }
  const callIds = [...new Set(meant.map(({ callId }) => callId))];
  if (callIds.length > 0) await emptyRecords(tx, callIds);
  return meant.length;
}

/** Empties what is kept of calls beside their lines: the event logs, the sound, and what a webhook brought of them. */
export async function emptyRecords(tx: Transaction, callIds: string[] | SQLWrapper): Promise<void> {
  await tx
    .update(callEvents)
    .set({ events: [], config: null, sealed: null })
    .where(inArray(callEvents.callId, callIds));
  await tx
    .update(webhookInbox)
    .set({ payload: null, sealed: null })
    .where(inArray(webhookInbox.callId, callIds));
  await eraseRecordings(tx, callIds);
}

async function redactNotes(
  tx: Transaction,
  { userId, persona }: Scope,
  tells: (text: string) => boolean,
  isTold: (note: string) => boolean,
): Promise<void> {
  const summaries = await tx
    .select()
    .from(callSummaries)
    .where(
      and(
        eq(callSummaries.userId, userId),
        persona === SHARED ? undefined : eq(callSummaries.persona, persona),
      ),
    );
  for (const row of summaries)
    if (tells(`${row.summary} ${row.keyTopics.join(' ')} ${row.outcome}`))
      await tx
        .update(callSummaries)
        .set({ summary: REDACTED, keyTopics: [], outcome: REDACTED })
        .where(eq(callSummaries.callId, row.callId));
  const lines = await tx
    .select()
    .from(storylines)
    .where(
      and(eq(storylines.userId, userId), persona === SHARED ? undefined : eq(storylines.persona, persona)),
    );
  for (const { id, topic, lastState, nextExpected } of lines)
    if (tells(`${topic} ${lastState} ${nextExpected ?? ''}`))
      await tx.delete(storylines).where(eq(storylines.id, id));
  const promises = await tx
    .select()
    .from(commitments)
    .where(
      and(eq(commitments.userId, userId), persona === SHARED ? undefined : eq(commitments.persona, persona)),
    );
  for (const { id, promise, quote } of promises)
    if (isTold(promise) || tells(`${promise} ${quote ?? ''}`))
      await tx.delete(commitments).where(eq(commitments.id, id));
  await redactProfile(tx, userId, isTold);
}
