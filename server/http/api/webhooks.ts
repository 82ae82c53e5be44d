import { z } from 'zod';
import type { Database } from '../../../db/connection.ts';
import { ANNOUNCEMENT_TYPES } from '../../../db/schema/index.ts';
import { listAlerts } from '../../announcing/alerts.ts';
import type { Deliveries } from '../../announcing/deliveries.ts';
import type { Endpoints } from '../../announcing/endpoints.ts';
import { type Route, route } from '../routes.ts';
import { alertsShape, deliveriesShape, endpointsShape } from '../shapes/house.ts';

const byId = z.object({ id: z.uuid() });

/** Whom we tell of what happens, what became of it, and what a person has to look at. */
export function webhookRoutes(parts: {
  db: Database;
  endpoints: Endpoints;
  deliveries: Deliveries;
}): Route[] {
  const { db, endpoints, deliveries } = parts;
  return [
    route({
      method: 'post',
      path: '/api/webhooks/endpoints',
      role: 'admin',
      summary: 'Has a server told of what happens, in messages signed as Standard Webhooks says.',
      body: z.strictObject({
        url: z.url({ protocol: /^https?$/ }).max(2_000),
        label: z.string().trim().min(1).max(80),
        types: z
          .array(z.enum(ANNOUNCEMENT_TYPES))
          .min(1)
          .default([...ANNOUNCEMENT_TYPES]),
      }),
      answer: { status: 201, description: 'The endpoint, and its secret, which is told this one time.' },
      handle: ({ actor, body }) => endpoints.add(actor, body),
    }),
    route({
      method: 'get',
      path: '/api/webhooks/endpoints',
      role: 'admin',
      summary: 'Who is told, newest first.',
      answer: { status: 200, description: 'Without their secrets.', schema: endpointsShape },
      handle: async ({ actor }) => ({ endpoints: await endpoints.list(actor) }),
    }),
    route({
      method: 'delete',
      path: '/api/webhooks/endpoints/:id',
      role: 'admin',
      summary: 'Tells a server nothing any more, and forgets what was sent there.',
      params: byId,
      answer: { status: 200, description: 'It is gone.' },
      handle: async ({ actor, params }) => {
        await endpoints.remove(actor, params.id);
        return { id: params.id, removed: true };
      },
    }),
    route({
      method: 'post',
      path: '/api/webhooks/endpoints/:id/enable',
      role: 'admin',
      summary: 'Sends there again, after it had answered 410 Gone.',
      params: byId,
      answer: { status: 200, description: 'What happens from now on is sent.' },
      handle: async ({ actor, params }) => {
        await endpoints.enable(actor, params.id);
        return { id: params.id, enabled: true };
      },
    }),
    route({
      method: 'get',
      path: '/api/webhooks/endpoints/:id/deliveries',
      role: 'admin',
      summary: 'What was sent to a server, newest first, with each time that it was tried.',
      params: byId,
      query: z.object({ limit: z.coerce.number().int().min(1).max(200).default(50) }),
      answer: { status: 200, description: 'Of the last 30 days.', schema: deliveriesShape },
      handle: async ({ actor, params, query }) => ({
        deliveries: await deliveries.list(actor, params.id, query.limit),
      }),
    }),
    route({
      method: 'post',
      path: '/api/webhooks/deliveries/:id/redeliver',
      role: 'admin',
      summary: 'Sends a message once more, under the same id.',
      params: byId,
      answer: { status: 202, description: 'It is on its way.' },
      handle: async ({ actor, params }) => {
        await deliveries.redeliver(actor, params.id);
        return { id: params.id, state: 'waiting' };
      },
    }),
    route({
      method: 'get',
      path: '/api/alerts',
      role: 'admin',
      summary: 'What a person has to look at; what is over comes last.',
      answer: {
        status: 200,
        description: 'Of a call, one for each kind; of the house, until it is over.',
        schema: alertsShape,
      },
      handle: async ({ actor }) => ({ alerts: await listAlerts(db, actor) }),
    }),
  ];
}
