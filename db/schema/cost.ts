import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { calls } from './calls.ts';
import { at, microCents } from './columns.ts';

/** Every billable act, append-only: the server's role may insert and read, never change. */
export const callCostEvents = pgTable(
  'call_cost_events',
  {
    callId: uuid()
      .notNull()
      .references(() => calls.id, { onDelete: 'cascade' }),
    userId: uuid().notNull(),
    seq: integer().notNull(),
    type: text().notNull(),
    vendor: text().notNull(),
    sku: text().notNull(),
    /** In the unit of the sku: characters, tokens, milliseconds, or whole acts. May be negative in a correction. */
    units: bigint({ mode: 'bigint' }).notNull(),
    /** Difference that this event makes to the running amount of its sku, on the retail card. */
    retailMicroCents: microCents().notNull(),
    /** The same on the vendor card. */
    vendorMicroCents: microCents().notNull(),
    retailCard: text().notNull(),
    vendorCard: text().notNull(),
    /** The vendor's own reference, so that one act is never counted twice. */
    vendorReference: text().notNull(),
    outcome: text({ enum: ['complete', 'aborted', 'failed', 'estimated'] }).notNull(),
    reason: text(),
    at: at().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.callId, t.seq] }),
    uniqueIndex().on(t.callId, t.vendor, t.sku, t.vendorReference),
    index('call_cost_events_at').using('brin', t.at),
    check('call_cost_events_outcome', sql`${t.outcome} in ('complete', 'aborted', 'failed', 'estimated')`),
  ],
);

/** The bill of an ended call, frozen once. Field names are the customer's. */
export const callCostBreakdowns = pgTable('call_cost_breakdowns', {
  callId: uuid()
    .primaryKey()
    .references(() => calls.id, { onDelete: 'cascade' }),
  userId: uuid().notNull(),
  /** One object per service: sku, units, requests, cents. */
  services: jsonb().notNull(),
  subtotalCents: integer().notNull(),
  stripeFeeCents: integer().notNull(),
  totalCostCents: integer().notNull(),
  /** What the vendors charge for it, as far as it is known; corrections come later. */
  vendorMicroCents: microCents().notNull(),
  finalizedAt: at().notNull(),
});

/** What the vendors charge the house for nobody's call, such as lines spoken once for all calls. Append-only. */
export const houseCosts = pgTable(
  'house_costs',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    what: text().notNull(),
    vendor: text().notNull(),
    sku: text().notNull(),
    units: bigint({ mode: 'bigint' }).notNull(),
    vendorMicroCents: microCents().notNull(),
    vendorCard: text().notNull(),
    vendorReference: text().notNull(),
    at: at().notNull().defaultNow(),
  },
  (t) => [uniqueIndex().on(t.vendor, t.sku, t.vendorReference), index('house_costs_at').using('brin', t.at)],
);
