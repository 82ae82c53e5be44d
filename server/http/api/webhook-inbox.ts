import { z } from 'zod';
import type { Inbox } from '../../elevenlabs/inbox.ts';
import { RingbackError } from '../../errors.ts';
import { type Route, route } from '../routes.ts';
import { inboxShape, payloadShape } from '../shapes/house.ts';

/** What webhooks brought: for whoever has to look at what could not be read. */
export function webhookInboxRoutes(inbox: Inbox): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/webhook-inbox',
      role: 'admin',
      summary: 'What webhooks brought, newest first, without what it says.',
      query: z.object({ limit: z.coerce.number().int().min(1).max(200).default(50) }),
      answer: {
        status: 200,
        description: 'Type, state and, for what is in quarantine, what is wrong with it.',
        schema: inboxShape,
      },
      handle: async ({ actor, query }) => ({ entries: await inbox.list(actor, query.limit) }),
    }),
    route({
      method: 'get',
      path: '/api/webhook-inbox/:id',
      role: 'admin',
      summary: 'One payload as it came.',
      params: z.object({ id: z.uuid() }),
      answer: {
        status: 200,
        description: 'The payload; for what was no JSON, its text.',
        schema: payloadShape,
      },
      handle: async ({ actor, params }) => {
        const payload = await inbox.payloadOf(actor, params.id);
        if (payload !== null) return { payload };
        throw new RingbackError(
          'payload_unknown',
          'There is no such payload, or its user had it forgotten.',
          {
            remedy: 'Use an id from the list.',
          },
        );
      },
    }),
  ];
}
