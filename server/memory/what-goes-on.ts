import type { Transaction } from '../../db/connection.ts';
import { storylines } from '../../db/schema/index.ts';
import { momentIn } from '../zoned-time.ts';
import { makePromise, openLike, settlePromise } from './commitments.ts';
import type { CallMemory } from './extraction-schema.ts';
import type { HeldCall } from './held-call.ts';
import { fillProfile } from './profile.ts';
import { callersTurns, turnOfQuote } from './quotes.ts';

/** What a call says of things that go on beyond it: storylines, promises, and who its user is and wants to become. */

export async function keepStoryline(
  tx: Transaction,
  call: HeldCall,
  line: CallMemory['storylines'][number],
): Promise<void> {
  const values = {
    status: line.status,
    lastState: line.last_state,
    nextExpected: line.next_expected,
    followUpAfter: momentOf(line.follow_up_after, call),
    callId: call.id,
    updatedAt: call.endedAt,
  };
  await tx
    .insert(storylines)
    .values({ ...call.scope, topic: line.topic, ...values })
    .onConflictDoUpdate({ target: [storylines.userId, storylines.persona, storylines.topic], set: values });
}

/** A promise counts when the person made it in this call, or said there what became of it. */
export async function keepCommitment(
  tx: Transaction,
  call: HeldCall,
  { promise, due_at, status, quote }: CallMemory['commitments'][number],
): Promise<void> {
  if (promise.trim() === '' || turnOfQuote(quote, callersTurns(call), []) === null) return;
  const dueAt = momentOf(due_at, call);
  const known =
    (await openLike(tx, call.scope, promise)) ??
    (await makePromise(tx, call.scope, { promise, quote, callId: call.id, dueAt }));
  if (status !== 'open')
    await settlePromise(tx, call.scope, known.id, { outcome: status, at: call.endedAt, dueAt });
  else if (dueAt !== null) await makePromise(tx, call.scope, { promise, quote, callId: call.id, dueAt });
}

/** What the person told about themselves, as far as they said it in this call. */
export async function keepProfile(
  tx: Transaction,
  call: HeldCall,
  notes: CallMemory['profile'],
): Promise<void> {
  const said = notes.filter(
    ({ text, quote }) => text.trim() !== '' && turnOfQuote(quote, callersTurns(call), []) !== null,
  );
  await fillProfile(tx, call.scope.userId, said, call.endedAt);
}

function momentOf(text: string | null, { timeZone }: HeldCall): Date | null {
  return text === null ? null : momentIn(text, timeZone);
}
