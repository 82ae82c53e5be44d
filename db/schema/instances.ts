import { sql } from 'drizzle-orm';
import { integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { at } from './columns.ts';

/** The processes that serve this database, as each of them says every second. */
export const instances = pgTable('instances', {
  id: uuid().primaryKey(),
  /** Where its media socket can be reached. */
  url: text().notNull(),
  version: text().notNull(),
  startedAt: at().notNull().defaultNow(),
  seenAt: at().notNull().defaultNow(),
  liveCalls: integer().notNull().default(0),
  /** By how much its event loop was late, 99th percentile of the last seconds. */
  loopLagMs: integer().notNull().default(0),
  /** Vendors that it cannot reach, or has stopped asking for a while. */
  vendorsDown: text().array().notNull().default(sql`'{}'::text[]`),
  /** It takes no new calls and is about to stop. */
  drainingSince: at(),
});
