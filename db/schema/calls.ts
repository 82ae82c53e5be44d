import { sql } from 'drizzle-orm';
import { boolean, check, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { at, bytes, id, microCents } from './columns.ts';
import { users } from './people.ts';
import { rateCards } from './rate-cards.ts';

/** A call's life, in order; `ended` is the only final state. */
export const CALL_STATES = ['planned', 'dialing', 'ringing', 'live', 'ended'] as const;

export const calls = pgTable(
  'calls',
  {
    id: id(),
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** Slug of the persona's file in prompts/personas. */
    persona: text().notNull(),
    direction: text({ enum: ['outbound', 'inbound'] }).notNull(),
    toNumber: text().notNull(),
    fromNumber: text().notNull(),
    state: text({ enum: CALL_STATES }).notNull().default('planned'),
    carrierSid: text().unique(),
    carrierStatus: text(),
    /** SequenceNumber of the newest status callback that was applied. */
    carrierSequence: integer().notNull().default(-1),
    /** What Twilio says it will bill; null until it has said so. */
    carrierDurationSeconds: integer(),
    /** What Twilio charges for the call itself; it says so minutes after the end. */
    carrierPriceMicroCents: microCents(),
    answeredBy: text(),
    /** Inbound: by what it is certain that the number is the caller's; null while it is a claim. */
    verifiedBy: text({ enum: ['attestation', 'pin', 'browser'] }),
    /** How often it has been dialled; it may be again when nobody picked up. */
    attempts: integer().notNull().default(0),
    maxAttempts: integer().notNull().default(1),
    /** A call that waits is not dialled before. */
    dialAfter: at(),
    /** `dialAfter` is its place in the queue of all instances, and no other has to be taken. */
    slotTaken: boolean().notNull().default(false),
    /** SHA-256 of the one-time token in the TwiML's <Parameter>; null once it has been used. */
    streamTokenHash: bytes(),
    streamSid: text(),
    /** Who pays: the house, or a payer who approved it. */
    funding: text({ enum: ['sponsored', 'approved'] })
      .notNull()
      .default('sponsored'),
    /** The most that the payer's total may be, card fee included. */
    capCents: integer().notNull().default(0),
    warnAtCents: integer().notNull().default(0),
    graceMs: integer().notNull().default(10_000),
    feePolicy: text({ enum: ['on_subtotal', 'gross_up'] })
      .notNull()
      .default('on_subtotal'),
    /** Prices as they were when the call was funded; null only for calls from before price lists were rows. */
    retailCardId: uuid().references(() => rateCards.id),
    vendorCardId: uuid().references(() => rateCards.id),
    createdAt: at().notNull().defaultNow(),
    /** When the process that holds the call last said so; a call whose process fell silent is ended by another. */
    heartbeatAt: at(),
    answeredAt: at(),
    /** Why somebody wants it ended; the process that holds it says goodbye. */
    stopRequested: text(),
    endedAt: at(),
    endReason: text(),
    /** The occurrence of a schedule that it was made for; at most one call each. */
    scheduleRunId: uuid().unique(),
    /** When what was said was taken into memory. */
    rememberedAt: at(),
  },
  (t) => [
    index().on(t.userId, t.createdAt),
    index('calls_under_way').on(t.toNumber).where(sql`${t.state} in ('dialing', 'ringing', 'live')`),
    index('calls_inbound').on(t.fromNumber, t.createdAt).where(sql`${t.direction} = 'inbound'`),
    index('calls_ended').on(t.endedAt),
    index('calls_waiting').on(t.dialAfter).where(sql`${t.state} = 'planned'`),
    check('calls_verified_by', sql`${t.verifiedBy} in ('attestation', 'pin', 'browser')`),
    check('calls_attempts', sql`${t.attempts} >= 0 and ${t.maxAttempts} between 1 and 3`),
    check('calls_funding', sql`${t.funding} in ('sponsored', 'approved')`),
    check('calls_cap', sql`${t.capCents} >= 0 and ${t.warnAtCents} >= 0 and ${t.graceMs} >= 0`),
    check('calls_fee_policy', sql`${t.feePolicy} in ('on_subtotal', 'gross_up')`),
    check('calls_state', sql`${t.state} in ('planned', 'dialing', 'ringing', 'live', 'ended')`),
    check('calls_direction', sql`${t.direction} in ('outbound', 'inbound')`),
    check('calls_ended', sql`(${t.state} = 'ended') = (${t.endedAt} is not null)`),
  ],
);

/** What replay reads: one row per flush of the event log, in order. */
export const callEvents = pgTable(
  'call_events',
  {
    callId: uuid()
      .notNull()
      .references(() => calls.id, { onDelete: 'cascade' }),
    userId: uuid().notNull(),
    /** Number of the flush, from 0; row 0 holds the call's config beside its events. */
    flush: integer().notNull(),
    coreVersion: integer().notNull(),
    config: jsonb(),
    /** Config and events under the call's key (server/security); the two columns beside it are those of older rows. */
    sealed: bytes(),
    events: jsonb().notNull().default([]),
    /** SHA-256 over the effects of every event up to and including this flush. */
    effectsDigest: text().notNull(),
    at: at().notNull().defaultNow(),
  },
  // Rows come in the order of their time, so a block range finds the old ones and costs an insert nothing.
  (t) => [primaryKey({ columns: [t.callId, t.flush] }), index('call_events_at').using('brin', t.at)],
);

/** The transcript: what was heard, one row per entry, in the order it was heard. */
export const callTurns = pgTable(
  'call_turns',
  {
    callId: uuid()
      .notNull()
      .references(() => calls.id, { onDelete: 'cascade' }),
    userId: uuid().notNull(),
    seq: integer().notNull(),
    speaker: text({ enum: ['caller', 'persona'] }).notNull(),
    text: text().notNull(),
    /** True when the caller cut the persona off; `text` then holds only what was heard. */
    interrupted: boolean().notNull().default(false),
    /** When it began to be said, in milliseconds since the media stream began. */
    atMs: integer().notNull(),
    /** Timings of this turn in milliseconds; see server/call/turn-timings.ts. */
    timings: jsonb(),
  },
  (t) => [primaryKey({ columns: [t.callId, t.seq] })],
);
