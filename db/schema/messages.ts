import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import { calls } from './calls.ts';
import { at, id } from './columns.ts';
import { users } from './people.ts';

export const MESSAGE_STATES = ['queued', 'sending', 'sent', 'failed'] as const;

/** Texts to users. What is said is made from the kind when it is sent, so that no words are kept here. */
export const messages = pgTable(
  'messages',
  {
    id: id(),
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** The call that it is about. */
    callId: uuid()
      .notNull()
      .references(() => calls.id, { onDelete: 'cascade' }),
    kind: text({ enum: ['budget-warning'] }).notNull(),
    state: text({ enum: MESSAGE_STATES }).notNull().default('queued'),
    carrierSid: text().unique(),
    /** What the carrier bills. */
    segments: integer(),
    createdAt: at().notNull().defaultNow(),
    sentAt: at(),
  },
  (t) => [
    unique().on(t.callId, t.kind),
    index().on(t.userId),
    check('messages_kind', sql`${t.kind} in ('budget-warning')`),
    check('messages_state', sql`${t.state} in ('queued', 'sending', 'sent', 'failed')`),
  ],
);
