import { sql } from 'drizzle-orm';
import { boolean, check, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { at, bytes, id } from './columns.ts';

export const AGE_BANDS = ['adult', 'minor'] as const;

export const users = pgTable(
  'users',
  {
    id: id(),
    /** E.164, taken as an opaque identity; only the dial gate asks whether it can be rung. */
    phoneNumber: text().notNull().unique(),
    displayName: text().notNull(),
    /** IANA name; the user's days and months begin in it. */
    timeZone: text().notNull().default('UTC'),
    /** Whether somebody said so; until then the zone is a default and says nothing of their night. */
    zoneStated: boolean().notNull().default(false),
    /** Whether they are of age; null while nobody has told. */
    ageBand: text({ enum: AGE_BANDS }),
    createdAt: at().notNull().defaultNow(),
  },
  (t) => [check('users_age_band', sql`${t.ageBand} in ('adult', 'minor')`)],
);

export const apiTokens = pgTable('api_tokens', {
  id: id(),
  /** SHA-256 of the 32 random bytes the holder presents; the token itself is never stored. */
  hash: bytes().notNull().unique(),
  role: text({ enum: ['admin', 'user'] }).notNull(),
  /** Whose data the token opens; null for an admin token. */
  userId: uuid().references(() => users.id, { onDelete: 'cascade' }),
  label: text().notNull(),
  /** What it may do, such as `calls:read`; `*` is everything that its role may. */
  scopes: text().array().notNull().default(sql`array['*']::text[]`),
  createdAt: at().notNull().defaultNow(),
  expiresAt: at(),
  revokedAt: at(),
});
