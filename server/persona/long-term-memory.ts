import type { Memory, MemoryCategory } from '../memory/facts.ts';

/** Long-term memory in the customer's shape: maps by key, and two lists. */
export interface LongTermMemory {
  relationship_facts: Record<string, unknown>;
  user_facts: Record<string, unknown>;
  inside_jokes: unknown[];
  important_memories: unknown[];
  preferences: Record<string, unknown>;
}

const LISTS: ReadonlySet<MemoryCategory> = new Set(['inside_jokes', 'important_memories']);
/** Under this key stand facts that have none of their own. */
const UNNAMED = 'notes';

/** Facts as the customer's API gives them: a key with several values is a list. */
export function longTermMemoryOf(facts: readonly Memory[]): LongTermMemory {
  const result: LongTermMemory = {
    relationship_facts: {},
    user_facts: {},
    inside_jokes: [],
    important_memories: [],
    preferences: {},
  };
  for (const { category, slot, value, text, cardinality } of facts) {
    const content = value ?? text;
    const target = result[category];
    if (Array.isArray(target)) target.push(content);
    else if (cardinality === 'one' && slot !== null) target[slot] = content;
    else target[slot ?? UNNAMED] = [...asList(target[slot ?? UNNAMED]), content];
  }
  return result;
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** One thing to remember out of such a shape. */
export interface LongTermEntry {
  category: MemoryCategory;
  slot: string | null;
  cardinality: Memory['cardinality'];
  text: string;
  value: unknown;
}

/** Takes the customer's shape apart into facts. What is empty, or not a category, is left out. */
export function entriesOf(memory: Partial<LongTermMemory>): LongTermEntry[] {
  return (Object.entries(memory) as Array<[MemoryCategory, unknown]>).flatMap(([category, part]) => {
    if (LISTS.has(category)) return asList(part).map((value) => entryOf(category, null, value, 'many'));
    return Object.entries((part ?? {}) as Record<string, unknown>).flatMap(([key, value]) =>
      Array.isArray(value)
        ? value.map((each) => entryOf(category, key, each, 'many'))
        : [entryOf(category, key, value, 'one')],
    );
  });
}

export function entryOf(
  category: MemoryCategory,
  key: string | null,
  value: unknown,
  cardinality: Memory['cardinality'],
): LongTermEntry {
  return {
    category,
    slot: key === UNNAMED ? null : key,
    cardinality: key === UNNAMED ? 'many' : cardinality,
    text: textOf(value),
    value,
  };
}

/** What a value says, in words that can be searched and spoken. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, part]) => `${name}: ${textOf(part)}`)
    .join(', ');
}
