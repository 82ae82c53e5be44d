import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { calls } from './calls.ts';
import { at, bytes, id } from './columns.ts';
import { users } from './people.ts';

export const ANNOUNCEMENT_TYPES = [
  'call.ended',
  'call.settled',
  'recording.ready',
  'memory.updated',
  'alert.raised',
] as const;

/** What has happened and somebody else may want to know: ids and amounts, no words of anybody. */
export const announcements = pgTable(
  'announcements',
  {
    /** By which receivers know that they have had it. */
    id: id(),
    type: text({ enum: ANNOUNCEMENT_TYPES }).notNull(),
    callId: uuid().references(() => calls.id, { onDelete: 'cascade' }),
    userId: uuid().references(() => users.id, { onDelete: 'cascade' }),
    data: jsonb().notNull(),
    at: at().notNull().defaultNow(),
    /** Everybody who is to know has been written down. */
    handledAt: at(),
  },
  (t) => [
    check(
      'announcements_type',
      sql`${t.type} in ('call.ended', 'call.settled', 'recording.ready', 'memory.updated', 'alert.raised')`,
    ),
    index('announcements_waiting').on(t.at).where(sql`${t.handledAt} is null`),
    index().on(t.at),
    index().on(t.callId),
    index().on(t.userId),
  ],
);

/** Where somebody else's server wants to be told. */
export const webhookEndpoints = pgTable('webhook_endpoints', {
  id: id(),
  url: text().notNull(),
  label: text().notNull(),
  types: text().array().notNull(),
  /** The key of its signatures, sealed. */
  secret: bytes().notNull(),
  createdAt: at().notNull().defaultNow(),
  disabledAt: at(),
  /** Why nothing is sent there any more. */
  disabledReason: text(),
});

export const DELIVERY_STATES = ['waiting', 'delivered', 'given-up'] as const;

/** An announcement on its way to one endpoint. */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    id: id(),
    announcementId: uuid()
      .notNull()
      .references(() => announcements.id, { onDelete: 'cascade' }),
    endpointId: uuid()
      .notNull()
      .references(() => webhookEndpoints.id, { onDelete: 'cascade' }),
    state: text({ enum: DELIVERY_STATES }).notNull().default('waiting'),
    attempts: integer().notNull().default(0),
    nextAt: at().notNull().defaultNow(),
    createdAt: at().notNull().defaultNow(),
    endedAt: at(),
  },
  (t) => [
    unique().on(t.announcementId, t.endpointId),
    index('webhook_deliveries_waiting').on(t.nextAt).where(sql`${t.state} = 'waiting'`),
    index().on(t.endpointId, t.createdAt),
    check('webhook_deliveries_state', sql`${t.state} in ('waiting', 'delivered', 'given-up')`),
  ],
);

/** The log of a delivery: each time that it was tried. */
export const webhookAttempts = pgTable(
  'webhook_attempts',
  {
    deliveryId: uuid()
      .notNull()
      .references(() => webhookDeliveries.id, { onDelete: 'cascade' }),
    attempt: integer().notNull(),
    at: at().notNull().defaultNow(),
    tookMs: integer().notNull(),
    /** Null where no answer came. */
    status: integer(),
    problem: text(),
  },
  (t) => [unique().on(t.deliveryId, t.attempt)],
);

/** What a person has to look at: of a call, once for each kind; of the house, until it is over. */
export const alerts = pgTable(
  'alerts',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    callId: uuid().references(() => calls.id),
    kind: text().notNull(),
    detail: text().notNull(),
    at: at().notNull().defaultNow(),
    clearedAt: at(),
  },
  (t) => [
    unique().on(t.callId, t.kind),
    uniqueIndex('alerts_of_the_house').on(t.kind).where(sql`${t.callId} is null and ${t.clearedAt} is null`),
  ],
);
