import { z } from 'zod';
import type { CallMemory } from '../ports.ts';
import { DUE } from './due.ts';
import type { Tool } from './toolbox.ts';

const schema = z.object({
  id: z.uuid().optional().describe('The promise that was spoken of; without it you get all open promises.'),
  outcome: z.enum(['kept', 'broken', 'moved']).optional().describe('What became of it.'),
  due: z
    .string()
    .regex(DUE)
    .optional()
    .describe('For "moved": by when instead, in the caller’s own time: 2026-11-27 or 2026-11-27T09:00.'),
});

/** Looks at what the caller promised, and notes what became of it. */
export function reviewCommitmentTool(memory: CallMemory): Tool<typeof schema> {
  return {
    name: 'review_commitment',
    description:
      'Looks at what the caller has promised. Without arguments it lists the open promises; with "id" and "outcome" it notes that one was kept, broken or moved to another day.',
    schema,
    run: async ({ id, outcome, due }) => {
      if (id === undefined || outcome === undefined)
        return { status: 'ok', promises: await memory.promises() };
      const promise = await memory.settlePromise(id, outcome, due ?? null);
      return promise === null
        ? { status: 'error', problem: 'no open promise has this id', promises: await memory.promises() }
        : { status: 'ok', promise };
    },
  };
}
