import { and, desc, eq, ne } from 'drizzle-orm';
import type { Transaction } from '../../db/connection.ts';
import { memories, storylines } from '../../db/schema/index.ts';
import type { StructuredRequest } from '../llm/structured.ts';
import { fillPrompt, readPrompt } from '../prompts.ts';
import { type Commitment, openPromises } from './commitments.ts';
import { callMemorySchema } from './extraction-schema.ts';
import type { HeldCall } from './held-call.ts';
import { type Scope, visibleTo } from './scope.ts';

/** A fact that is known, under the short name by which the model may mean it. */
export interface KnownFact {
  name: string;
  id: string;
  category: string;
  slot: string | null;
  text: string;
}

/** More would make the request dearer than what it brings. */
const MOST_KNOWN = 60;

/** What is known of somebody before a call is learned from. */
export interface Known {
  /** In force, the last mentioned first. */
  facts: KnownFact[];
  promises: Commitment[];
  /** Topics of what goes on. */
  storylines: string[];
}

export async function knownOf(tx: Transaction, scope: Scope): Promise<Known> {
  const rows = await tx
    .select({ id: memories.id, category: memories.category, slot: memories.slot, text: memories.text })
    .from(memories)
    .where(and(visibleTo(scope, memories), eq(memories.status, 'active')))
    .orderBy(desc(memories.lastMentionedAt), desc(memories.ordinal))
    .limit(MOST_KNOWN);
  const lines = await tx
    .select({ topic: storylines.topic })
    .from(storylines)
    .where(
      and(
        eq(storylines.userId, scope.userId),
        eq(storylines.persona, scope.persona),
        ne(storylines.status, 'closed'),
      ),
    )
    .orderBy(storylines.topic)
    .limit(MOST_KNOWN);
  return {
    facts: rows.map((row, i) => ({ ...row, name: `m${i + 1}` })),
    promises: await openPromises(tx, scope),
    storylines: lines.map(({ topic }) => topic),
  };
}

/** What the model is asked about a call. The transcript is data and comes as such. */
export async function extractionRequest(call: HeldCall, known: Known): Promise<StructuredRequest> {
  const values: Readonly<Record<string, string>> = {
    date: call.endedAt.toISOString().slice(0, 10),
    timeZone: call.timeZone,
    persona: call.personaName,
    known: listed(
      known.facts.map(
        ({ name, category, slot, text }) => `${name} [${category}${slot === null ? '' : `.${slot}`}] ${text}`,
      ),
    ),
    promises: listed(known.promises.map(({ promise }) => promise)),
    storylines: listed(known.storylines),
  };
  return {
    name: 'call_memory',
    schema: callMemorySchema(),
    system: fillPrompt(await readPrompt('templates/extraction.md'), values),
    user: call.turns
      .map(
        ({ seq, speaker, text }) =>
          `[${seq}] ${speaker === 'caller' ? call.calleeName : call.personaName}: ${text.replace(/\s+/g, ' ')}`,
      )
      .join('\n'),
  };
}

function listed(lines: readonly string[]): string {
  return lines.length === 0 ? '(nothing)' : lines.map((line) => line.replace(/\s+/g, ' ')).join('\n');
}
