import { z } from 'zod';
import type { CallBacks } from '../ports.ts';
import type { Tool } from './toolbox.ts';

const schema = z.object({
  at: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/, 'a date with a time, such as 2026-11-27T09:00')
    .describe('When to call, in the caller’s own time: 2026-11-27T09:00.'),
  promise_id: z.uuid().optional().describe('The promise to ask about, where the call is to follow one up.'),
});

/** Plans a call to whoever is on the line. */
export function scheduleCallBackTool(callBacks: CallBacks): Tool<typeof schema> {
  return {
    name: 'schedule_call_back',
    description:
      'Plans a call from you to the caller at a later time. First say back the day and the time; use it after their yes, and then name them once more.',
    schema,
    run: async ({ at, promise_id: promiseId }) => ({
      status: 'ok',
      planned_for: await callBacks.plan(at, promiseId ?? null),
    }),
  };
}
