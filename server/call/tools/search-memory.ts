import { z } from 'zod';
import type { CallMemory } from '../ports.ts';
import type { Tool } from './toolbox.ts';

/** Looks up what was said in earlier calls, and what is known. */
export function searchMemoryTool(memory: CallMemory): Tool {
  return {
    name: 'search_memory',
    description:
      'Looks up what was said in earlier calls and what you know about the caller. Use it when they refer to something that is not in this conversation.',
    schema: z.object({
      query: z
        .string()
        .min(1)
        .max(300)
        .describe('What you are looking for, in the words it may have been said with.'),
      keywords: z
        .array(z.string().max(40))
        .max(8)
        .default([])
        .describe('Other words for it: names, places, synonyms.'),
    }),
    run: async (args) => {
      const { query, keywords } = args as { query: string; keywords: string[] };
      return { status: 'ok', found: await memory.search(query, keywords) };
    },
  };
}
