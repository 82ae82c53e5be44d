import { z } from 'zod';
import { MEMORY_CATEGORIES } from '../../../db/schema/memory.ts';
import type { CallMemory } from '../ports.ts';
import type { Tool } from './toolbox.ts';

const schema = z.object({
  text: z.string().min(1).max(300).describe('The fact, short and complete; for a slot only its value.'),
  category: z.enum(MEMORY_CATEGORIES).default('user_facts'),
  slot: z
    .string()
    .regex(/^[a-z][a-z0-9_.]{0,63}$/)
    .optional()
    .describe('A name such as employer or sister.name, when the fact is one value that can change.'),
});

/** Remembers or corrects something that the caller asks to be remembered. */
export function rememberFactTool(memory: CallMemory): Tool<typeof schema> {
  return {
    name: 'remember_fact',
    description:
      'Remembers something for good, or corrects what you know, when the caller asks you to. Say back what you have noted.',
    schema,
    run: async ({ text, category, slot }) => ({
      status: 'ok',
      done: await memory.remember({ text, category, slot: slot ?? null }),
      text,
    }),
  };
}
