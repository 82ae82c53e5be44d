import { and, eq, sql } from 'drizzle-orm';
import type { Transaction } from '../../db/connection.ts';
import { userBudgetSettings, userPersonaRelationships, users } from '../../db/schema/index.ts';
import { openPromises } from '../memory/commitments.ts';
import type { Memory } from '../memory/facts.ts';
import { memoryConfig } from '../memory/memory-config.ts';
import { profileOf } from '../memory/profile.ts';
import type { Scope } from '../memory/scope.ts';
import { readPrompt } from '../prompts.ts';
import {
  factLines,
  jokeLines,
  type Line,
  profileLines,
  recentLines,
  relationshipLines,
} from './prompt-lines.ts';
import { quoted, tokensOf } from './prompt-text.ts';
import { activeFacts, type RecentContext, recentContext } from './remembered.ts';

/** The prompt in the customer's shape, with what it is made of. */
export interface CompositePrompt {
  core_prompt: string;
  relationship_context: string;
  /** JSON of what is known, as far as it is in the prompt. */
  user_facts: string;
  /** JSON of the last calls and what goes on, as far as it is in the prompt. */
  recent_context: string;
  full_prompt: string;
  token_count: number;
  /** Tokens by section. */
  sections: Record<SectionName, number>;
  /** Facts that are in the prompt. */
  memory_ids: string[];
}

type SectionName = 'core' | 'relationship' | 'facts' | 'recent' | 'jokes';

export interface PromptRequest {
  corePersonaPrompt: string;
  personalityTraits: readonly string[];
  /** For the whole prompt; the core is never cut, memory gets what is left. */
  tokenBudget: number;
}

/** Of the budget for memory, so much is kept for each section; what one does not need goes to the next. */
const SHARES: ReadonlyArray<readonly [Exclude<SectionName, 'core'>, number]> = [
  ['relationship', 0.25],
  ['facts', 0.4],
  ['recent', 0.25],
  ['jokes', 0.1],
];

/** How fast a category fades from the prompt, a day. It stays in memory: only what is brought up unasked changes. */
const FADING: Readonly<Record<Memory['category'], number>> = {
  relationship_facts: 0,
  user_facts: 0.001,
  inside_jokes: 0.003,
  preferences: 0.002,
  important_memories: 0.0005,
};

const DAY_MS = 86_400_000;
const MOST_PROMISES = 10;
/** Headings, and the sentence that says what memory is. */
const FRAME_TOKENS = 90;

/** Composes the prompt from what is remembered: in a fixed order, within the budget, the same for the same memory. */
export async function buildPrompt(
  tx: Transaction,
  scope: Scope,
  request: PromptRequest,
): Promise<CompositePrompt> {
  const { relationship, name, timeZone, memoryTokens, now } = await frameOf(tx, scope);
  const config = memoryConfig.parse(relationship?.memoryConfig ?? {});
  const facts = (await activeFacts(tx, scope))
    .filter(({ category }) => !config.hidden_categories.includes(category))
    .filter(({ sensitive }) => config.allow_sensitive || sensitive === 'none')
    .sort((a, b) => weightOf(b, now) - weightOf(a, now) || (a.id < b.id ? -1 : 1));
  const recent = await recentContext(tx, scope, config.recent_calls);
  const promises = (await openPromises(tx, scope)).slice(0, MOST_PROMISES);
  const profile = await profileOf(tx, scope.userId);
  const core = `=== CORE IDENTITY ===\n${request.corePersonaPrompt}${traitsOf(request.personalityTraits)}`;
  const forMemory = request.tokenBudget - tokensOf(core) - FRAME_TOKENS;
  const budget = Math.min(forMemory, memoryTokens, config.max_tokens ?? Number.POSITIVE_INFINITY);
  const kept = keepWithin(budget, {
    relationship: relationshipLines(relationship, name, facts),
    facts: [...profileLines(profile), ...factLines(facts)],
    recent: recentLines(recent, promises, { nowMs: now, timeZone }),
    jokes: jokeLines(facts),
  });
  return assemble(
    { core, preamble: (await readPrompt('templates/remembered.md')).trim() },
    name,
    kept,
    facts,
    recent,
  );
}

async function frameOf(tx: Transaction, { userId, persona }: Scope) {
  const [clock] = await tx.execute<{ now: string }>(sql`select now() as now`);
  const [user] = await tx
    .select({ name: users.displayName, timeZone: users.timeZone })
    .from(users)
    .where(eq(users.id, userId));
  const [budget] = await tx
    .select({ tokens: userBudgetSettings.maxMemoryTokens })
    .from(userBudgetSettings)
    .where(eq(userBudgetSettings.userId, userId));
  const [relationship] = await tx
    .select()
    .from(userPersonaRelationships)
    .where(and(eq(userPersonaRelationships.userId, userId), eq(userPersonaRelationships.persona, persona)));
  return {
    name: user?.name ?? 'them',
    timeZone: user?.timeZone ?? 'UTC',
    memoryTokens: budget?.tokens ?? Number.POSITIVE_INFINITY,
    relationship,
    now: new Date(String(clock?.now)).getTime(),
  };
}

/** What matters and was said lately comes first; what is pinned before everything. */
function weightOf(fact: Memory, now: number): number {
  const days = Math.max(0, (now - fact.lastMentionedAt.getTime()) / DAY_MS);
  const freshness = Math.exp(-FADING[fact.category] * days);
  const repetition = 1 + 0.15 * Math.log(1 + fact.mentionCount);
  return (fact.pinned ? 1_000 : 0) + fact.importance * fact.confidence * freshness * repetition;
}

/** Keeps from each section, from its beginning, what its share pays for, and what the sections before it left over. */
function keepWithin(
  budget: number,
  sections: Record<Exclude<SectionName, 'core'>, Line[]>,
): Record<Exclude<SectionName, 'core'>, Line[]> {
  const kept = { relationship: [] as Line[], facts: [] as Line[], recent: [] as Line[], jokes: [] as Line[] };
  let spare = 0;
  for (const [name, share] of SHARES) {
    let left = Math.max(0, budget) * share + spare;
    for (const line of sections[name]) {
      const cost = tokensOf(line.text) + 1;
      if (cost > left) continue; // a shorter one further down may still fit
      left -= cost;
      kept[name].push(line);
    }
    spare = left;
  }
  return kept;
}

function traitsOf(traits: readonly string[]): string {
  return traits.length === 0 ? '' : `\nTraits: ${traits.join(', ')}`;
}

function assemble(
  { core, preamble }: { core: string; preamble: string },
  name: string,
  kept: Record<Exclude<SectionName, 'core'>, Line[]>,
  facts: readonly Memory[],
  recent: RecentContext,
): CompositePrompt {
  const textOf = (lines: readonly Line[]) => lines.map(({ text }) => text).join('\n');
  const jokes = kept.jokes.length === 0 ? '' : `\nInside jokes:\n${textOf(kept.jokes)}`;
  const relationship = textOf(kept.relationship) + jokes;
  const parts = [
    core,
    `=== YOUR RELATIONSHIP ===\n${preamble}\n${relationship}`,
    ...(kept.facts.length === 0
      ? []
      : [`=== WHAT YOU KNOW ABOUT ${quoted(name).toUpperCase()} ===\n${textOf(kept.facts)}`]),
    ...(kept.recent.length === 0 ? [] : [`=== RECENT CONTEXT ===\n${textOf(kept.recent)}`]),
  ];
  const ids = Object.values(kept).flatMap((lines) => lines.flatMap((line) => line.ids));
  const isKept = new Set(ids);
  const fullPrompt = parts.join('\n\n');
  return {
    core_prompt: core,
    relationship_context: relationship,
    user_facts: JSON.stringify(
      facts
        .filter(({ id }) => isKept.has(id))
        .map(({ category, slot, value, text }) => ({ category, slot, value: value ?? text })),
    ),
    recent_context: JSON.stringify(recent),
    full_prompt: fullPrompt,
    token_count: tokensOf(fullPrompt),
    sections: {
      core: tokensOf(core),
      relationship: tokensOf(textOf(kept.relationship)),
      facts: tokensOf(textOf(kept.facts)),
      recent: tokensOf(textOf(kept.recent)),
      jokes: tokensOf(jokes),
    },
    memory_ids: ids,
  };
}
