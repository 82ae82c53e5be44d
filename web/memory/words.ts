import type { MemoryShape } from '../../server/http/shapes/memory.ts';

const CATEGORIES: Readonly<Record<string, string>> = {
  relationship_facts: 'Between us',
  user_facts: 'About you',
  inside_jokes: 'Inside jokes',
  important_memories: 'Important',
  preferences: 'Preferences',
};

const SOURCES: Readonly<Record<string, string>> = {
  stated: 'said in a call',
  inferred: 'concluded from a call',
  persona_said: 'said by the persona',
  user_edit: 'written by hand',
  import: 'taken over from elsewhere',
};

export function categoryWords(category: string): string {
  return CATEGORIES[category] ?? category.replaceAll('_', ' ');
}

/** Where a memory comes from. */
export function sourceWords({ source }: Pick<MemoryShape, 'source'>): string {
  return SOURCES[source] ?? source;
}
