import { sql } from 'drizzle-orm';
import { check, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { calls } from './calls.ts';
import { at, id } from './columns.ts';

export const SUPPRESSION_SOURCES = ['voice', 'key', 'text', 'web', 'admin'] as const;

/** Numbers that are not called, because whoever answers there said so. A lifted one stays as a record. */
export const suppressions = pgTable(
  'suppressions',
  {
    id: id(),
    phoneNumber: text().notNull(),
    /** How it was said. */
    source: text({ enum: SUPPRESSION_SOURCES }).notNull(),
    /** The call in which it was said. */
    callId: uuid().references(() => calls.id, { onDelete: 'set null' }),
    at: at().notNull().defaultNow(),
    liftedAt: at(),
    /** user or admin; text where they wrote START. */
    liftedBy: text(),
  },
  (t) => [
    uniqueIndex('suppressions_in_force').on(t.phoneNumber).where(sql`${t.liftedAt} is null`),
    check('suppressions_source', sql`${t.source} in ('voice', 'key', 'text', 'web', 'admin')`),
  ],
);
