import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { calls } from './calls.ts';
import { at, bytes, id } from './columns.ts';

/**
 * asked: the carrier records, or has recorded. stored: ours. absent: there was nothing to record. erased: deleted before
 * its time.
 */
export const RECORDING_STATES = ['asked', 'stored', 'absent', 'erased'] as const;

/** Calls that were recorded because their callee agreed; at most one recording each. */
export const recordings = pgTable(
  'recordings',
  {
    id: id(),
    callId: uuid()
      .notNull()
      .unique()
      .references(() => calls.id, { onDelete: 'cascade' }),
    userId: uuid().notNull(),
    state: text({ enum: RECORDING_STATES }).notNull().default('asked'),
    /** The carrier's name for it; null while its answer is out, or was lost. */
    carrierSid: text(),
    beganAt: at().notNull().defaultNow(),
    seconds: integer(),
    byteCount: integer(),
    storedAt: at(),
    keptUntil: at(),
    /** When the carrier's own copy was deleted. */
    carrierRemovedAt: at(),
  },
  (t) => [
    index('recordings_at_carrier').on(t.beganAt).where(sql`${t.carrierRemovedAt} is null`),
    check('recordings_state', sql`${t.state} in ('asked', 'stored', 'absent', 'erased')`),
    check(
      'recordings_stored',
      sql`(${t.state} = 'stored') <= (num_nulls(${t.seconds}, ${t.byteCount}, ${t.storedAt}, ${t.keptUntil}) = 0)`,
    ),
  ],
);

/** The sound of a recording, in pieces of one size, each sealed with the key of its call. */
export const recordingPieces = pgTable(
  'recording_pieces',
  {
    recordingId: uuid()
      .notNull()
      .references(() => recordings.id, { onDelete: 'cascade' }),
    userId: uuid().notNull(),
    seq: integer().notNull(),
    sealed: bytes().notNull(),
  },
  (t) => [primaryKey({ columns: [t.recordingId, t.seq] })],
);
