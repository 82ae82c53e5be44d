import { sql } from 'drizzle-orm';
import { bigint, check, index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { at, bytes } from './columns.ts';
import { users } from './people.ts';

/** How far another memory home has followed a relationship. */
export const memoryMirrorScopes = pgTable(
  'memory_mirror_scopes',
  {
    home: text().notNull(),
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    persona: text().notNull(),
    /** The memory_version that it has. */
    version: bigint({ mode: 'number' }).notNull().default(-1),
    /** Until then somebody is at it, or it waits after a failure. */
    busyUntil: at(),
  },
  (t) => [primaryKey({ columns: [t.home, t.userId, t.persona] })],
);

/** What another memory home was given. Stays until it was taken away there, also after its user is gone. */
export const memoryMirrorItems = pgTable(
  'memory_mirror_items',
  {
    home: text().notNull(),
    /** What it is here: fact-<id>, promise-<id>, call-<id>, profile-<user>. */
    ref: text().notNull(),
    userId: uuid().notNull(),
    persona: text().notNull(),
    /** sending: it may have arrived, and nobody has said so. */
    state: text({ enum: ['sending', 'kept'] }).notNull(),
    /** Its name there. */
    externalId: text(),
    /** Of what it says, so that a change is noticed. */
    digest: bytes().notNull(),
    at: at().notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.home, t.ref] }),
    index().on(t.home, t.userId, t.persona),
    check('memory_mirror_items_state', sql`${t.state} in ('sending', 'kept')`),
  ],
);
