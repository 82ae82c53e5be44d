import { eq } from 'drizzle-orm';
import type { Transaction } from '../../db/connection.ts';
import { type memories, memoryDocuments } from '../../db/schema/index.ts';
import type { Scope } from './scope.ts';
import { UNKNOWN_TIME } from './search/memory-index.ts';

type Memory = typeof memories.$inferSelect;

/** A turn of a call as search has it. */
export interface SpokenTurn {
  turnSeq: number;
  /** The name under which it is found: "what did Anna say". */
  speaker: string;
  text: string;
  at: Date;
}

/** Longer texts are cut for search only: a lexeme's place is counted up to 16,383 by PostgreSQL. */
const LONGEST_TEXT = 10_000;

/** Lets the turns of a call be found; those that are known already are left alone. */
export async function addTurns(
  tx: Transaction,
  scope: Scope,
  callId: string,
  turns: readonly SpokenTurn[],
): Promise<void> {
  const AT_ONCE = 500;
  for (let from = 0; from < turns.length; from += AT_ONCE)
    await tx
      .insert(memoryDocuments)
      .values(
        turns.slice(from, from + AT_ONCE).map(({ text, ...turn }) => ({
          ...scope,
          ...turn,
          kind: 'turn' as const,
          callId,
          text: text.slice(0, LONGEST_TEXT),
        })),
      )
      .onConflictDoNothing();
}

/** Lets a fact be found as it is now, or not at all when it is not in force. */
export async function showFact(tx: Transaction, fact: Memory): Promise<void> {
  await tx.delete(memoryDocuments).where(eq(memoryDocuments.memoryId, fact.id));
  if (fact.status !== 'active') return;
  await tx.insert(memoryDocuments).values({
    userId: fact.userId,
    persona: fact.persona,
    kind: 'fact',
    memoryId: fact.id,
    callId: fact.callId,
    turnSeq: 0,
    at: fact.lastMentionedAt,
    text: fact.text.slice(0, LONGEST_TEXT),
    label: labelOf(fact.slot),
    aliases: [...fact.aliases, labelOf(fact.slot)].join(' ').trim(),
  });
}

/** A slot in words: "sister name" for sister.name. */
export function labelOf(slot: string | null): string {
  return slot === null ? '' : slot.replace(/[_.]/g, ' ');
}

/** When something was said or learned, in ISO 8601; null where nobody knows. */
export function timeOf({ atMs }: { atMs: number }): string | null {
  return atMs === UNKNOWN_TIME ? null : new Date(atMs).toISOString();
}

/** A fact as it is told to somebody who sees nothing else of it: "sister name: Lieve". */
export function factInWords({ label, text }: { label: string; text: string }): string {
  return label === '' ? text : `${label}: ${text}`;
}
