import { sql } from 'drizzle-orm';
import { boolean, check, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { calls } from './calls.ts';
import { at } from './columns.ts';
import { users } from './people.ts';

/** What a user allows to be spent on calls to them. Names and defaults are the customer's. */
export const userBudgetSettings = pgTable(
  'user_budget_settings',
  {
    userId: uuid()
      .primaryKey()
      .references(() => users.id, { onDelete: 'cascade' }),
    maxCostPerCallCents: integer().notNull().default(1_000),
    maxCostPerDayCents: integer().notNull().default(5_000),
    maxCostPerMonthCents: integer().notNull().default(10_000),
    /** Tokens of memory in the prompt of a call; they are paid for at every turn. */
    maxMemoryTokens: integer().notNull().default(4_300),
    warnAtPercent: integer().notNull().default(75),
    /** Off: a call of the house may run on past these limits; what a payer approved is never passed. */
    autoCutoff: boolean().notNull().default(true),
    gracePeriodSeconds: integer().notNull().default(10),
    /** Who is told of a warning beside the callee, of panel, payer and sms. */
    notify: text().array().notNull().default(sql`array['panel', 'payer']::text[]`),
    /** Raised by every change, so that two who change it at once notice. */
    version: integer().notNull().default(1),
    updatedAt: at().notNull().defaultNow(),
  },
  (t) => [
    check(
      'user_budget_settings_sane',
      sql`${t.maxCostPerCallCents} between 0 and 100000 and ${t.maxCostPerDayCents} between 0 and 1000000
        and ${t.maxCostPerMonthCents} between 0 and 10000000 and ${t.maxMemoryTokens} between 0 and 100000
        and ${t.warnAtPercent} between 1 and 100 and ${t.gracePeriodSeconds} between 5 and 60
        and ${t.notify} <@ array['panel', 'payer', 'sms']::text[]`,
    ),
  ],
);

/** That a call's warning was reached: told once, to everybody whom the user's settings name. */
export const budgetWarnings = pgTable('budget_warnings', {
  callId: uuid()
    .primaryKey()
    .references(() => calls.id, { onDelete: 'cascade' }),
  userId: uuid()
    .notNull()
    .references(() => users.id, { onDelete: 'cascade' }),
  spentCents: integer().notNull(),
  capCents: integer().notNull(),
  at: at().notNull().defaultNow(),
});

/** Settings of the house, one row each; what they mean is written where they are read. */
export const settings = pgTable('settings', {
  name: text().primaryKey(),
  value: jsonb().notNull(),
  /** Raised by every change: whoever changes it says which one they saw. */
  version: integer().notNull().default(1),
  updatedAt: at().notNull().defaultNow(),
});
