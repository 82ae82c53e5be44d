import { createHash } from 'node:crypto';
import { and, asc, eq, ne } from 'drizzle-orm';
import type { Transaction } from '../../../db/connection.ts';
import { callSummaries, commitments, memories } from '../../../db/schema/index.ts';
import { factInWords, labelOf } from '../documents.ts';
import { profileOf } from '../profile.ts';
import { REDACTED } from '../redaction.ts';
import { type Scope, SHARED } from '../scope.ts';
import { containerOf, type MirroredItem } from './home.ts';

/** Everything of a relationship that another home should hold now: facts in force, promises, summaries, a profile. */
export async function itemsOf(tx: Transaction, scope: Scope): Promise<MirroredItem[]> {
  const container = containerOf(scope);
  const item = (ref: string, text: string, metadata: Record<string, string | null>): MirroredItem => ({
    ref,
    container,
    text,
    metadata: Object.fromEntries(
      Object.entries(metadata).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
    ),
  });
  const within = (table: typeof memories | typeof commitments | typeof callSummaries) =>
    and(eq(table.userId, scope.userId), eq(table.persona, scope.persona));
  const facts = await tx
    .select()
    .from(memories)
    .where(and(within(memories), eq(memories.status, 'active')))
    .orderBy(asc(memories.ordinal));
  const promises = await tx.select().from(commitments).where(within(commitments));
  const calls = await tx
    .select()
    .from(callSummaries)
    .where(and(within(callSummaries), ne(callSummaries.summary, REDACTED)));
  return [
    ...facts.map(({ id, text, slot, category, recordedAt }) =>
      item(`fact-${id}`, factInWords({ label: labelOf(slot), text }), {
        type: 'fact',
        category,
        slot,
        at: recordedAt.toISOString(),
      }),
    ),
    ...promises.map(({ id, promise, status, dueAt, createdAt }) =>
      item(`promise-${id}`, promise, {
        type: 'promise',
        status,
        due: dueAt?.toISOString() ?? null,
        at: createdAt.toISOString(),
      }),
    ),
    ...calls.map(({ callId, summary, outcome, at }) =>
      item(`call-${callId}`, summary, { type: 'call', outcome, at: at.toISOString() }),
    ),
    ...(scope.persona === SHARED ? await profileItems(tx, scope, item) : []),
  ];
}

async function profileItems(
  tx: Transaction,
  { userId }: Scope,
  item: (ref: string, text: string, metadata: Record<string, string>) => MirroredItem,
): Promise<MirroredItem[]> {
  const { identity, goals, why, progress } = await profileOf(tx, userId);
  const lines = [
    ...(identity === null ? [] : [`Who they are: ${identity}`]),
    ...goals.map((goal) => `Goal: ${goal}`),
    ...(why === null ? [] : [`Why: ${why}`]),
    ...progress.map(({ at, text }) => `Progress on ${at.slice(0, 10)}: ${text}`),
  ];
  return lines.length === 0 ? [] : [item(`profile-${userId}`, lines.join('\n'), { type: 'profile' })];
}

/** Of what an item says. */
export function digestOf({ text, metadata }: MirroredItem): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([text, metadata]))
    .digest();
}
