import { and, eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import {
  callSummaries,
  storylines,
  userBudgetSettings,
  userPersonaRelationships,
} from '../../db/schema/index.ts';
import { remember } from '../memory/facts.ts';
import { callIdOf, importCall } from '../memory/import-turns.ts';
import { memoryConfig } from '../memory/memory-config.ts';
import { type Scope, touch } from '../memory/scope.ts';
import { entriesOf, type LongTermMemory } from '../persona/long-term-memory.ts';
import {
  type Counts,
  ensureRelationship,
  type ImportParts,
  id,
  importUsers,
  type KnownUser,
  moment,
  personaOf,
  userOf,
  userRow,
} from './dump.ts';

/** The call-me-back service: relationships, long-term memory, recent context and budgets, under its own names. */

const ofRelationship = { user_id: id, persona_id: id };
const relationship = z.looseObject({
  ...ofRelationship,
  relationship_type: z.string().max(80).default('friend'),
  custom_system_prompt: z.string().max(4_000).nullish(),
  memory_config: z.record(z.string(), z.unknown()).nullish(),
  total_calls: z.number().int().min(0).default(0),
  total_minutes: z.number().min(0).default(0),
  last_call_at: moment.nullish(),
});
const longTerm = z.looseObject({ ...ofRelationship, memory: z.record(z.string(), z.unknown()) });
const recent = z.looseObject({
  ...ofRelationship,
  recent_calls: z
    .array(
      z.looseObject({
        call_id: id,
        date: moment,
        summary: z.string().max(4_000),
        key_topics: z.array(z.string()).default([]),
        outcome: z.string().default('talked'),
      }),
    )
    .default([]),
  ongoing_storylines: z
    .array(z.looseObject({ topic: z.string().max(200), status: z.string().default('in_progress') }))
    .default([]),
});
const cents = z.number().int().min(0).optional();
const budget = z.looseObject({
  user_id: id,
  max_cost_per_call_cents: cents,
  max_cost_per_day_cents: cents,
  max_cost_per_month_cents: cents,
  max_memory_tokens: cents,
  warn_at_percent: z.number().int().min(1).max(100).optional(),
  auto_cutoff: z.boolean().optional(),
});

export const callMeBackDump = z.looseObject({
  users: z.array(userRow),
  user_persona_relationships: z.array(relationship).default([]),
  long_term_memory: z.array(longTerm).default([]),
  recent_context: z.array(recent).default([]),
  user_budget_settings: z.array(budget).default([]),
});
export type CallMeBackDump = z.infer<typeof callMeBackDump>;

/** Takes a dump over. Doing it again adds nothing twice, and what was forgotten here in between stays forgotten. */
export async function importCallMeBack(parts: ImportParts, dump: CallMeBackDump): Promise<Counts> {
  const known = await importUsers(parts.tx, dump.users);
  const scopeOf = async (row: { user_id: string; persona_id: string }, what: string) => {
    const user = userOf(known, row.user_id, what);
    const scope = { userId: user.id, persona: personaOf(parts, row.persona_id) };
    await ensureRelationship(parts.tx, scope.userId, scope.persona);
    return { user, scope };
  };
  const counts: Counts = {
    users: known.size,
    relationships: 0,
    facts: 0,
    calls: 0,
    storylines: 0,
    budgets: 0,
  };
  const add = (what: string, count: number) => {
    counts[what] = (counts[what] ?? 0) + count;
  };
  for (const row of dump.user_persona_relationships) {
    const { scope } = await scopeOf(row, 'A relationship');
    await importRelationship(parts, scope, row);
    add('relationships', 1);
  }
  for (const row of dump.long_term_memory) {
    const { scope } = await scopeOf(row, 'A long-term memory');
    add('facts', await importFacts(parts, scope, row.memory));
  }
  for (const row of dump.recent_context) {
    const { user, scope } = await scopeOf(row, 'A recent context');
    add('calls', await importCalls(parts, user, scope, row));
    add('storylines', await importStorylines(parts, scope, row));
  }
  for (const row of dump.user_budget_settings) {
    await importBudget(parts, userOf(known, row.user_id, 'A budget').id, row);
    add('budgets', 1);
  }
  return counts;
}

/** Counts only grow: what has been talked here in between is not lost. */
async function importRelationship(
  { tx }: ImportParts,
  { userId, persona }: Scope,
  row: z.infer<typeof relationship>,
): Promise<void> {
  const config = memoryConfig.partial().safeParse(row.memory_config ?? {});
  const t = userPersonaRelationships;
  await tx
    .update(t)
    .set({
      relationshipType: row.relationship_type,
      customSystemPrompt: row.custom_system_prompt ?? null,
      ...(config.success ? { memoryConfig: config.data } : {}), // keys that we do not have are theirs
      totalCalls: sql`greatest(${t.totalCalls}, ${row.total_calls}::int)`,
      totalMinutes: sql`greatest(${t.totalMinutes}, ${Math.round(row.total_minutes)}::int)`,
      lastCallAt: sql`greatest(${t.lastCallAt}, ${row.last_call_at?.toISOString() ?? null}::timestamptz)`,
    })
    .where(and(eq(t.userId, userId), eq(t.persona, persona)));
  await touch(tx, { userId, persona });
}

async function importFacts(
  { tx, fingerprints }: ImportParts,
  scope: Scope,
  memory: Record<string, unknown>,
): Promise<number> {
  const entries = entriesOf(memory as Partial<LongTermMemory>).filter(({ text }) => text.trim() !== '');
  for (const { slot, ...entry } of entries) {
    const isSlot = slot === null || /^[a-z][a-z0-9_.]{0,63}$/.test(slot);
    const fact = isSlot ? { ...entry, slot } : { ...entry, slot: null, text: `${slot}: ${entry.text}` };
    await remember(tx, scope, fingerprints, { ...fact, source: 'import' }, 'import');
  }
  return entries.length;
}

async function importCalls(
  { tx }: ImportParts,
  user: KnownUser,
  scope: Scope,
  { recent_calls }: z.infer<typeof recent>,
): Promise<number> {
  for (const { call_id, date, summary, key_topics, outcome } of recent_calls) {
    const callId = callIdOf(scope, `call-me-back ${call_id}`);
    const isNew = await importCall(tx, scope, {
      id: callId,
      toNumber: user.phoneNumber,
      from: date,
      to: date,
    });
    if (!isNew) continue; // what was erased of it here does not come back
    await tx
      .insert(callSummaries)
      .values({ callId, ...scope, summary, keyTopics: key_topics, outcome, at: date, madeBy: 'import' })
      .onConflictDoNothing();
  }
  await touch(tx, scope);
  return recent_calls.length;
}

async function importStorylines(
  { tx }: ImportParts,
  scope: Scope,
  { ongoing_storylines }: z.infer<typeof recent>,
): Promise<number> {
  for (const { topic, status } of ongoing_storylines) {
    const ours = status === 'waiting' || status === 'closed' ? status : 'open';
    await tx
      .insert(storylines)
      .values({ ...scope, topic, status: ours, lastState: 'taken over' })
      .onConflictDoNothing();
  }
  return ongoing_storylines.length;
}

async function importBudget({ tx }: ImportParts, userId: string, row: z.infer<typeof budget>): Promise<void> {
  const theirs = {
    maxCostPerCallCents: row.max_cost_per_call_cents,
    maxCostPerDayCents: row.max_cost_per_day_cents,
    maxCostPerMonthCents: row.max_cost_per_month_cents,
    maxMemoryTokens: row.max_memory_tokens,
    warnAtPercent: row.warn_at_percent,
    autoCutoff: row.auto_cutoff,
  };
  const given = Object.fromEntries(Object.entries(theirs).filter(([, value]) => value !== undefined));
  await tx
    .insert(userBudgetSettings)
    .values({ userId, ...given })
    .onConflictDoNothing(); // limits that were set here since are newer
}
