import { pgTable, text } from 'drizzle-orm/pg-core';
import { at } from './columns.ts';

/** Which job workers are alive; the jobs of one that fell silent are given to others. */
export const workerHeartbeats = pgTable('worker_heartbeats', {
  workerId: text().primaryKey(),
  seenAt: at().notNull().defaultNow(),
});
