import { z } from 'zod';

/** What happens in the house: what a person has to look at, who did what, who is told, what came in. */

const moment = z.iso.datetime();

export const alertShape = z.object({
  id: z.number().int(),
  callId: z.uuid().nullable(),
  kind: z.string(),
  detail: z.string(),
  at: moment,
  clearedAt: moment.nullable(),
});
export type AlertShape = z.infer<typeof alertShape>;
export const alertsShape = z.object({ alerts: z.array(alertShape) });

export const auditEntryShape = z.object({
  id: z.number().int(),
  at: moment,
  actorKind: z.string(),
  actorId: z.string().nullable(),
  action: z.string(),
  /** HTTP status of the answer. */
  status: z.number().int(),
  subject: z.record(z.string(), z.string()),
});
export type AuditEntryShape = z.infer<typeof auditEntryShape>;
export const auditShape = z.object({ entries: z.array(auditEntryShape) });

export const endpointShape = z.object({
  id: z.uuid(),
  url: z.string(),
  label: z.string(),
  types: z.array(z.string()),
  createdAt: moment,
  disabledAt: moment.nullable(),
  disabledReason: z.string().nullable(),
});
export type EndpointShape = z.infer<typeof endpointShape>;
export const endpointsShape = z.object({ endpoints: z.array(endpointShape) });

export const instancesShape = z.object({
  self: z.uuid(),
  leads: z.boolean(),
  instances: z.array(
    z.object({
      id: z.uuid(),
      url: z.string(),
      version: z.string(),
      startedAt: moment,
      liveCalls: z.number().int(),
      loopLagMs: z.number().int(),
      vendorsDown: z.array(z.string()),
      drainingSince: moment.nullable(),
    }),
  ),
});
export type InstanceShape = z.infer<typeof instancesShape>['instances'][number];

export const deliveriesShape = z.object({
  deliveries: z.array(
    z.object({
      id: z.uuid(),
      type: z.string(),
      callId: z.uuid().nullable(),
      state: z.enum(['waiting', 'delivered', 'given-up']),
      attempts: z.number().int(),
      nextAt: moment,
      createdAt: moment,
      log: z.array(
        z.object({
          attempt: z.number().int(),
          status: z.number().int().nullable(),
          problem: z.string().nullable(),
        }),
      ),
    }),
  ),
});
export type DeliveryShape = z.infer<typeof deliveriesShape>['deliveries'][number];

export const inboxShape = z.object({
  entries: z.array(
    z.object({
      id: z.uuid(),
      source: z.string(),
      type: z.string(),
      callId: z.uuid().nullable(),
      state: z.enum(['received', 'done', 'quarantined']),
      problem: z.string().nullable(),
      receivedAt: moment,
    }),
  ),
});
export type InboxEntryShape = z.infer<typeof inboxShape>['entries'][number];
export const payloadShape = z.object({ payload: z.unknown() });

export const tokensShape = z.object({
  tokens: z.array(
    z.object({
      id: z.uuid(),
      role: z.enum(['admin', 'user']),
      userId: z.uuid().nullable(),
      label: z.string(),
      scopes: z.array(z.string()),
      createdAt: moment,
      expiresAt: moment.nullable(),
      revokedAt: moment.nullable(),
    }),
  ),
});
export type TokenShape = z.infer<typeof tokensShape>['tokens'][number];

/** A text that was sent; its words are not kept. */
export const messageShape = z.object({
  id: z.uuid(),
  callId: z.uuid().nullable(),
  kind: z.string(),
  state: z.enum(['queued', 'sending', 'sent', 'delivered', 'undelivered', 'failed']),
  failure: z.string().nullable(),
  createdAt: moment,
  deliveredAt: moment.nullable(),
});
export type MessageShape = z.infer<typeof messageShape>;
export const messagesShape = z.object({ messages: z.array(messageShape) });
