import { sql } from 'drizzle-orm';
import { check, date, index, integer, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import { calls } from './calls.ts';
import { at, id } from './columns.ts';
import { commitments } from './memory.ts';
import { mandates } from './payments.ts';
import { users } from './people.ts';

export const GAP_RULES = ['later', 'earlier', 'skip'] as const;
export const RUN_STATES = ['due', 'placed', 'refused', 'skipped', 'missed'] as const;

/** Calls that are to be made: once, or every week on some days; by the clock on the callee's wall. */
export const schedules = pgTable(
  'schedules',
  {
    id: id(),
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    persona: text().notNull(),
    /** The local time, such as 09:00. */
    atTime: text().notNull(),
    /** Once, on this local date; null where it recurs. */
    onDate: date(),
    /** Weekdays, Monday is 1; empty where it is once. */
    days: integer().array().notNull().default(sql`'{}'::integer[]`),
    /** Every how many weeks, counted from the week of `fromDate`. */
    everyWeeks: integer().notNull().default(1),
    fromDate: date().notNull(),
    untilDate: date(),
    /** Of its own; null: the user's zone, as it is on the day. */
    timeZone: text(),
    /** What becomes of a time that summer time skips. */
    gap: text({ enum: GAP_RULES }).notNull().default('later'),
    /** Who pays; null: the house. */
    mandateId: uuid().references(() => mandates.id),
    retries: integer().notNull().default(2),
    /** How late it may be made, with retries and all. */
    windowMinutes: integer().notNull().default(90),
    /** A promise that is to be asked about; settled before, it is not. */
    commitmentId: uuid().references(() => commitments.id, { onDelete: 'cascade' }),
    /** In which it was agreed. */
    callId: uuid().references(() => calls.id, { onDelete: 'set null' }),
    madeBy: text({ enum: ['admin', 'user', 'call'] }).notNull(),
    pausedAt: at(),
    /** Local dates on which it is left out. */
    skippedDates: date().array().notNull().default(sql`'{}'::date[]`),
    /** The next occurrence; null when there is none any more. */
    nextAt: at(),
    endedAt: at(),
    createdAt: at().notNull().defaultNow(),
  },
  (t) => [
    index().on(t.userId),
    index('schedules_next').on(t.nextAt).where(sql`${t.endedAt} is null and ${t.pausedAt} is null`),
    check('schedules_kind', sql`(${t.onDate} is null) = (cardinality(${t.days}) > 0)`),
    check('schedules_gap', sql`${t.gap} in ('later', 'earlier', 'skip')`),
    check('schedules_made_by', sql`${t.madeBy} in ('admin', 'user', 'call')`),
    check(
      'schedules_sane',
      sql`${t.retries} between 0 and 2 and ${t.windowMinutes} between 1 and 1440 and ${t.everyWeeks} between 1 and 52`,
    ),
  ],
);

/** What became of each occurrence: one row, so that none is called twice. */
export const scheduleRuns = pgTable(
  'schedule_runs',
  {
    id: id(),
    scheduleId: uuid()
      .notNull()
      .references(() => schedules.id, { onDelete: 'cascade' }),
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** Local date and time, such as 2026-11-23T09:00. */
    occurrence: text().notNull(),
    dueAt: at().notNull(),
    state: text({ enum: RUN_STATES }).notNull().default('due'),
    /** Why not, where there was no call. */
    reason: text(),
    callId: uuid().references(() => calls.id, { onDelete: 'set null' }),
    createdAt: at().notNull().defaultNow(),
  },
  (t) => [
    unique().on(t.scheduleId, t.occurrence),
    index('schedule_runs_due').on(t.dueAt).where(sql`${t.state} = 'due'`),
    index().on(t.userId),
    check('schedule_runs_state', sql`${t.state} in ('due', 'placed', 'refused', 'skipped', 'missed')`),
  ],
);
