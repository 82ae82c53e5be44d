import type { Transaction } from '../../db/connection.ts';
import { memories } from '../../db/schema/index.ts';
import { factInWords, labelOf } from './documents.ts';
import type { Fingerprints } from './fingerprints.ts';
import { forget } from './forgetting.ts';
import { REDACTED, redactTurns, turnsWithin } from './redaction.ts';
import { lockMemory, type Scope, SHARED, touch, visibleTo } from './scope.ts';
import { tellsAllOf } from './search/words.ts';

/** What a phrase would take away: memories, and lines of calls. */
export interface Matches {
  memories: Array<{ id: string; text: string }>;
  lines: Array<{ id: string; speaker: string; text: string }>;
}

export interface Forgotten {
  memories: number;
  lines: number;
}

/**
 * Everything of a relationship that has all of a phrase's telling words, so that its user can look before it is
 * forgotten. A phrase without any finds nothing.
 */
export async function matching(tx: Transaction, scope: Scope, phrase: string): Promise<Matches> {
  const tellsAll = tellsAllOf(phrase);
  const tells = ({ text }: { text: string }) => text !== REDACTED && tellsAll(text);
  const rows = await tx
    .select({ id: memories.id, slot: memories.slot, text: memories.text })
    .from(memories)
    .where(visibleTo(scope, memories));
  const facts = rows.map(({ id, slot, text }) => ({ id, text: factInWords({ label: labelOf(slot), text }) }));
  const turns = await turnsWithin(tx, scope);
  return {
    memories: facts.filter(tells),
    lines: turns.filter(tells).map(({ callId, seq, ...line }) => ({ id: `${callId}:${seq}`, ...line })),
  };
}

/** Forgets what `matching` showed, by its ids: nothing goes that its user has not seen. Ids of nothing are passed over. */
export async function forgetMatches(
  tx: Transaction,
  scope: Scope,
  fingerprints: Fingerprints,
  ids: { memories: readonly string[]; lines: readonly string[] },
): Promise<Forgotten> {
  await lockMemory(tx, scope.userId);
  const meant = new Set(ids.lines);
  const lines = await redactTurns(tx, scope, ({ callId, seq }) => meant.has(`${callId}:${seq}`));
  let forgotten = 0;
  for (const persona of [scope.persona, SHARED])
    forgotten += await forget(tx, { ...scope, persona }, fingerprints, ids.memories, 'user');
  if (lines > 0) await touch(tx, scope);
  return { memories: forgotten, lines };
}
