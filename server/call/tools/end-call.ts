import { z } from 'zod';
import { END_CALL_TOOL } from '../conversation/thought.ts';
import type { Tool } from './toolbox.ts';

/** Ends the call with a farewell. The conversation core carries it out itself, so that nothing can cut the goodbye off. */
export const endCallTool: Tool = {
  name: END_CALL_TOOL,
  description:
    'Ends the phone call. Use it when the caller says goodbye or asks to stop. Put your whole goodbye into "farewell"; it is spoken before the line closes.',
  schema: z.object({
    farewell: z.string().min(1).max(300).describe('What you say last, one or two sentences.'),
  }),
  run: async () => ({ status: 'ok' }),
};
