import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { and, desc, eq } from 'drizzle-orm';
import type { Transaction } from '../../db/connection.ts';
import { memories } from '../../db/schema/index.ts';
import type { StructuredRequest } from '../llm/structured.ts';
import { packageRoot } from '../paths.ts';
import { callMemorySchema } from './extraction-schema.ts';
import type { HeldCall } from './learning.ts';
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

/** What is known and in force, the last mentioned first. */
export async function knownFacts(tx: Transaction, scope: Scope): Promise<KnownFact[]> {
  const rows = await tx
    .select({ id: memories.id, category: memories.category, slot: memories.slot, text: memories.text })
    .from(memories)
    .where(and(visibleTo(scope, memories), eq(memories.status, 'active')))
    .orderBy(desc(memories.lastMentionedAt), desc(memories.ordinal))
    .limit(MOST_KNOWN);
  return rows.map((row, i) => ({ ...row, name: `m${i + 1}` }));
}

/** What the model is asked about a call. The transcript is data and comes as such. */
export async function extractionRequest(
  call: HeldCall,
  known: readonly KnownFact[],
): Promise<StructuredRequest> {
  const template = await readFile(path.join(packageRoot, 'prompts', 'templates', 'extraction.md'), 'utf8');
  const values: Readonly<Record<string, string>> = {
    date: call.endedAt.toISOString().slice(0, 10),
    timeZone: call.timeZone,
    persona: call.personaName,
    known:
      known
        .map(
          ({ name, category, slot, text }) =>
            `${name} [${category}${slot === null ? '' : `.${slot}`}] ${text}`,
        )
        .join('\n') || '(nothing)',
  };
  return {
    name: 'call_memory',
    schema: callMemorySchema(),
    system: template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? ''),
    user: call.turns
      .map(
        ({ seq, speaker, text }) =>
          `[${seq}] ${speaker === 'caller' ? call.calleeName : call.personaName}: ${text.replace(/\s+/g, ' ')}`,
      )
      .join('\n'),
  };
}
