import { sql } from 'drizzle-orm';
import { check, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { calls } from './calls.ts';
import { at, bytes, id } from './columns.ts';
import { webhookInbox } from './elevenlabs.ts';

/** Keys of what is stored sealed: one for each call, each webhook payload, and each purpose of the house. */
export const dataKeys = pgTable(
  'data_keys',
  {
    id: id(),
    /** The call whose event log and recordings it opens. */
    callId: uuid()
      .unique()
      .references(() => calls.id, { onDelete: 'cascade' }),
    /** The webhook payload that it opens. */
    inboxId: uuid()
      .unique()
      .references(() => webhookInbox.id, { onDelete: 'cascade' }),
    /** What the house uses it for. */
    purpose: text().unique(),
    /** The key itself, sealed with a master key that the database does not hold. */
    wrapped: bytes().notNull(),
    /** Name of that master key. */
    master: text().notNull(),
    createdAt: at().notNull().defaultNow(),
  },
  (t) => [check('data_keys_subject', sql`num_nonnulls(${t.callId}, ${t.inboxId}, ${t.purpose}) = 1`)],
);
