import { z } from 'zod';
import type { CallMemory } from '../ports.ts';
import type { Tool } from './toolbox.ts';

const schema = z.object({
  what: z.string().max(300).optional().describe('What is to be forgotten; you get the matching memories.'),
  ids: z
    .array(z.string())
    .max(10)
    .optional()
    .describe('The memories to forget, once the caller has confirmed them.'),
});

/** Forgets for good, in two steps: nothing goes before the caller has heard what it is and said yes. */
export function forgetMemoryTool(memory: CallMemory): Tool<typeof schema> {
  return {
    name: 'forget_memory',
    description:
      'Forgets something about the caller for good. First call it with "what", read back what was found and ask; after their yes call it with "ids".',
    schema,
    run: async ({ what, ids }) => {
      if (ids !== undefined && ids.length > 0) return { status: 'ok', forgotten: await memory.forget(ids) };
      return { status: 'ok', matches: await memory.matching(what ?? '') };
    },
  };
}
