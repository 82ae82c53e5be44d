import { sql } from 'drizzle-orm';
import {
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { calls } from './calls.ts';
import { at, bytes, id } from './columns.ts';
import { users } from './people.ts';

export const SUPPRESSION_SOURCES = ['voice', 'key', 'text', 'web', 'admin', 'wrong-number'] as const;

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
    check(
      'suppressions_source',
      sql`${t.source} in ('voice', 'key', 'text', 'web', 'admin', 'wrong-number')`,
    ),
  ],
);

/** What somebody may agree to, each for itself; `texts` is a text after each call that sums it up, `guardian`
 * a parent's yes to calls with their child, `adult` somebody's word that they are of age. */
export const CONSENT_KINDS = ['calls', 'texts', 'voicemail', 'recording', 'guardian', 'adult'] as const;
/** How they did: on our page, by a text, in a call, by calling us, or told to us by an admin who has it in writing. */
export const CONSENT_WAYS = ['web', 'text', 'voice', 'inbound', 'attested'] as const;

/** What the people behind a number agreed to. A withdrawn one stays as a record. */
export const consents = pgTable(
  'consents',
  {
    id: id(),
    phoneNumber: text().notNull(),
    kind: text({ enum: CONSENT_KINDS }).notNull(),
    given: text({ enum: CONSENT_WAYS }).notNull(),
    /** The words that were agreed to, as they were shown or said. */
    textShown: text().notNull(),
    /** The admin's token who attests it. */
    attestedBy: text(),
    callId: uuid().references(() => calls.id, { onDelete: 'set null' }),
    at: at().notNull().defaultNow(),
    withdrawnAt: at(),
  },
  (t) => [
    uniqueIndex('consents_in_force').on(t.phoneNumber, t.kind).where(sql`${t.withdrawnAt} is null`),
    check(
      'consents_kind',
      sql`${t.kind} in ('calls', 'texts', 'voicemail', 'recording', 'guardian', 'adult')`,
    ),
    check('consents_given', sql`${t.given} in ('web', 'text', 'voice', 'inbound', 'attested')`),
    check('consents_attested', sql`(${t.given} = 'attested') = (${t.attestedBy} is not null)`),
  ],
);

/** Whether somebody wants to be called, asked by text. The newest question to a number is the one that they answer. */
export const consentQuestions = pgTable(
  'consent_questions',
  {
    id: id(),
    phoneNumber: text().notNull(),
    textShown: text().notNull(),
    askedAt: at().notNull().defaultNow(),
    answeredAt: at(),
  },
  (t) => [index().on(t.phoneNumber, t.askedAt)],
);

/** Numbers whose holder has shown that they hold them. */
export const numberProofs = pgTable(
  'number_proofs',
  {
    phoneNumber: text().primaryKey(),
    /** They gave back a code that we sent or said there, or wrote to us from there. */
    how: text({ enum: ['code', 'text', 'call'] }).notNull(),
    at: at().notNull().defaultNow(),
  },
  (t) => [check('number_proofs_how', sql`${t.how} in ('code', 'text', 'call')`)],
);

/** When and how often somebody wants to be called. Null: as the house has it. */
export const callPreferences = pgTable(
  'call_preferences',
  {
    userId: uuid()
      .primaryKey()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** [{"days": [1, 7], "from": "09:00", "to": "20:00"}], Monday = 1, in the user's zone. */
    windows: jsonb(),
    attemptsPerDay: integer(),
    /** Whether a number whose carrier vouches for it (STIR/SHAKEN, full attestation) is enough to be known by. */
    trustsAttestation: boolean().notNull().default(false),
    /** scrypt of the PIN by which somebody who calls is known, with its salt before it. */
    pinHash: bytes(),
    /** Wrong ones since the last right one; after ten, none is right any more until there is a new PIN. */
    pinFailures: integer().notNull().default(0),
    updatedAt: at().notNull().defaultNow(),
  },
  (t) => [check('call_preferences_attempts', sql`${t.attemptsPerDay} between 0 and 50`)],
);

/** Whether a call might be made, each time that was asked: with everything it was decided by. Only grows. */
export const dialDecisions = pgTable(
  'dial_decisions',
  {
    id: id(),
    at: at().notNull().defaultNow(),
    toNumber: text().notNull(),
    /** No key: what was refused has no call, and a decision outlives its call. */
    callId: uuid(),
    userId: uuid(),
    stage: text({ enum: ['ask', 'hold', 'dial'] }).notNull(),
    allowed: boolean().notNull(),
    /** Which rule refused. */
    rule: text(),
    facts: jsonb().notNull(),
  },
  (t) => [
    index().on(t.toNumber, t.at),
    index('dial_decisions_refused').on(t.at).where(sql`not ${t.allowed}`),
    index().on(t.callId),
    check('dial_decisions_stage', sql`${t.stage} in ('ask', 'hold', 'dial')`),
    check('dial_decisions_rule', sql`${t.allowed} = (${t.rule} is null)`),
  ],
);

export const DIAL_INTENT_STATES = ['intended', 'dialed', 'unknown', 'refused', 'over'] as const;

/** Every time a number is rung: written before the carrier is asked, so that a crash leaves a trace and nobody is rung twice. */
export const dialIntents = pgTable(
  'dial_intents',
  {
    id: id(),
    callId: uuid()
      .notNull()
      .references(() => calls.id, { onDelete: 'cascade' }),
    attempt: integer().notNull(),
    toNumber: text().notNull(),
    state: text({ enum: DIAL_INTENT_STATES }).notNull().default('intended'),
    carrierSid: text().unique(),
    /** The carrier's last word on this attempt, such as busy. */
    outcome: text(),
    createdAt: at().notNull().defaultNow(),
    endedAt: at(),
  },
  (t) => [
    unique().on(t.callId, t.attempt),
    index().on(t.toNumber, t.createdAt),
    index().on(t.createdAt),
    check('dial_intents_state', sql`${t.state} in ('intended', 'dialed', 'unknown', 'refused', 'over')`),
  ],
);

/** One row: when the carrier may be asked for a call again, over all instances. */
export const dialPace = pgTable(
  'dial_pace',
  { id: integer().primaryKey().default(1), nextAt: at().notNull().defaultNow() },
  (t) => [check('dial_pace_single', sql`${t.id} = 1`)],
);
