import { z } from 'zod';
import type { Texts } from '../../telephony/texts.ts';
import { type Route, route } from '../routes.ts';
import { messagesShape } from '../shapes/house.ts';

/** What was texted, and whether it arrived. */
export function messageRoutes(texts: Texts): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/messages',
      role: 'user',
      summary: 'The texts that were sent, newest first, and whether they arrived; users see their own.',
      query: z.object({ limit: z.coerce.number().int().min(1).max(1_000).default(200) }),
      answer: { status: 200, description: 'Without their words, which are not kept.', schema: messagesShape },
      handle: async ({ actor, query }) => ({ messages: await texts.list(actor, query.limit) }),
    }),
  ];
}
