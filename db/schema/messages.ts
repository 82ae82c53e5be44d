import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import { calls } from './calls.ts';
import { at, id } from './columns.ts';
import { users } from './people.ts';

export const MESSAGE_STATES = ['queued', 'sending', 'sent', 'delivered', 'undelivered', 'failed'] as const;
export const MESSAGE_KINDS = [
  'budget-warning',
  'summary',
  'receipt',
  'approval-link',
  'consent-question',
  'sign-in-code',
] as const;

/** Texts that we send. What is said is made from the kind when it is sent, so that no words are kept here. */
export const messages = pgTable(
  'messages',
  {
    id: id(),
    /** To whom; null for a payer, or somebody who is no user. */
    userId: uuid().references(() => users.id, { onDelete: 'cascade' }),
    /** The call that it is about, which bears what it costs. */
    callId: uuid().references(() => calls.id, { onDelete: 'cascade' }),
    /** To where, of a text that belongs to no call. */
    phoneNumber: text(),
    kind: text({ enum: MESSAGE_KINDS }).notNull(),
    state: text({ enum: MESSAGE_STATES }).notNull().default('queued'),
    carrierSid: text().unique(),
    /** What the carrier bills. */
    segments: integer(),
    /** Why it did not arrive: what the carrier says, or we did. */
    failure: text(),
    createdAt: at().notNull().defaultNow(),
    sentAt: at(),
    deliveredAt: at(),
  },
  (t) => [
    unique().on(t.callId, t.kind),
    index().on(t.userId),
    index().on(t.createdAt),
    check(
      'messages_kind',
      sql`${t.kind} in ('budget-warning', 'summary', 'receipt', 'approval-link', 'consent-question', 'sign-in-code')`,
    ),
    check(
      'messages_state',
      sql`${t.state} in ('queued', 'sending', 'sent', 'delivered', 'undelivered', 'failed')`,
    ),
  ],
);
