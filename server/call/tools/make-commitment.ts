import { z } from 'zod';
import type { CallMemory } from '../ports.ts';
import { DUE } from './due.ts';
import type { Tool } from './toolbox.ts';

const schema = z.object({
  promise: z
    .string()
    .min(1)
    .max(300)
    .describe('What the caller promises to do, in a few words: "run three times".'),
  due: z
    .string()
    .regex(DUE)
    .optional()
    .describe('By when, in the caller’s own time: 2026-11-27 or 2026-11-27T09:00.'),
});

/** Takes a promise of the caller down, so that it can be asked about later. */
export function makeCommitmentTool(memory: CallMemory): Tool<typeof schema> {
  return {
    name: 'make_commitment',
    description:
      'Takes down what the caller promises to do. First say back what and by when; use it after their yes, and then name the day.',
    schema,
    run: async ({ promise, due }) => ({
      status: 'ok',
      noted: await memory.promise(promise, due ?? null),
    }),
  };
}
