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
import { rateCards } from './rate-cards.ts';

/** Somebody who pays for calls. Card data never comes here: only the names that Stripe gave them. */
export const payers = pgTable('payers', {
  id: id(),
  displayName: text().notNull(),
  /** Where links and receipts are texted; null for a payer who gets neither. */
  phoneNumber: text(),
  stripeCustomerId: text().unique(),
  /** A card that the payer left for later calls. */
  paymentMethodId: text(),
  /** A dispute or a fraud warning blocks new calls until an admin has looked. */
  blockedAt: at(),
  blockedReason: text(),
  createdAt: at().notNull().defaultNow(),
});

export const MANDATE_STATES = ['offered', 'approved', 'declined', 'revoked'] as const;

/** A payer's yes to many calls to one callee: so much a call, so much a month, until a day. Its terms never change. */
export const mandates = pgTable(
  'mandates',
  {
    id: id(),
    payerId: uuid()
      .notNull()
      .references(() => payers.id),
    /** The callee. */
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    perCallCents: integer().notNull(),
    perMonthCents: integer().notNull(),
    currency: text().notNull().default('usd'),
    textShown: text().notNull(),
    /** SHA-256 of the capability in the payer's link. */
    tokenHash: bytes().notNull().unique(),
    /** Later than this nobody can approve it. */
    answerUntil: at().notNull(),
    /** No call is made under it after this. */
    validUntil: at().notNull(),
    viewableUntil: at().notNull(),
    state: text({ enum: MANDATE_STATES }).notNull().default('offered'),
    /** Stripe's page on which the payer leaves their card. */
    setupSessionId: text().unique(),
    setupUrl: text(),
    decidedAt: at(),
    decidedFrom: text(),
    revokedAt: at(),
    createdAt: at().notNull().defaultNow(),
  },
  (t) => [
    check('mandates_state', sql`${t.state} in ('offered', 'approved', 'declined', 'revoked')`),
    check('mandates_currency', sql`${t.currency} = 'usd'`),
    check(
      'mandates_amounts',
      sql`${t.perCallCents} between 50 and 100000 and ${t.perMonthCents} between ${t.perCallCents} and 1000000`,
    ),
    index().on(t.payerId),
  ],
);

export const APPROVAL_STATES = ['offered', 'approved', 'declined', 'revoked'] as const;

/** What a payer was asked and what they answered. The terms never change; the answer is written once, a revocation once. */
export const approvals = pgTable(
  'approvals',
  {
    id: id(),
    payerId: uuid()
      .notNull()
      .references(() => payers.id),
    /** The callee. */
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    callId: uuid()
      .notNull()
      .unique()
      .references(() => calls.id, { onDelete: 'cascade' }),
    /** Under which the call was approved beforehand; null when the payer is asked about this very call. */
    mandateId: uuid().references(() => mandates.id),
    capCents: integer().notNull(),
    currency: text().notNull().default('usd'),
    feePolicy: text({ enum: ['on_subtotal', 'gross_up'] }).notNull(),
    retailCardId: uuid()
      .notNull()
      .references(() => rateCards.id),
    /** The words on the page that the payer agreed to. */
    textShown: text().notNull(),
    /** SHA-256 of the capability in the payer's link. */
    tokenHash: bytes().notNull().unique(),
    validFrom: at().notNull().defaultNow(),
    /** Later than this nobody can approve, and a hold that comes in is let go. */
    validUntil: at().notNull(),
    /** The link still shows status and receipt until then. */
    viewableUntil: at().notNull(),
    state: text({ enum: APPROVAL_STATES }).notNull().default('offered'),
    savesCard: boolean().notNull().default(false),
    checkoutSessionId: text(),
    checkoutUrl: text(),
    decidedAt: at(),
    decidedFrom: text(),
    revokedAt: at(),
    createdAt: at().notNull().defaultNow(),
  },
  (t) => [
    check('approvals_state', sql`${t.state} in ('offered', 'approved', 'declined', 'revoked')`),
    check('approvals_currency', sql`${t.currency} = 'usd'`),
    check('approvals_cap', sql`${t.capCents} between 50 and 100000`),
    index().on(t.payerId),
    index().on(t.mandateId),
  ],
);

export const HOLD_STATES = ['awaiting_payer', 'held', 'releasing', 'released', 'captured', 'lost'] as const;

/** Money of a payer that Stripe keeps for one call. At most one of a call is live. */
export const holds = pgTable(
  'holds',
  {
    id: id(),
    callId: uuid()
      .notNull()
      .references(() => calls.id),
    /** Part of every idempotency key: a canceled intent would come back under the same one. */
    attempt: integer().notNull(),
    approvalId: uuid()
      .notNull()
      .references(() => approvals.id),
    payerId: uuid()
      .notNull()
      .references(() => payers.id),
    state: text({ enum: HOLD_STATES }).notNull(),
    /** It may still take money from the payer. */
    live: boolean().notNull().default(true),
    amountCents: integer().notNull(),
    currency: text().notNull().default('usd'),
    paymentIntentId: text().unique(),
    /** Until when Stripe lets it be captured. */
    captureBefore: at(),
    /** Why the bank said no, for the payer's page. */
    declineCode: text(),
    version: integer().notNull().default(0),
    createdAt: at().notNull().defaultNow(),
    updatedAt: at().notNull().defaultNow(),
  },
  (t) => [
    unique().on(t.callId, t.attempt),
    uniqueIndex('holds_one_live').on(t.callId).where(sql`${t.live}`),
    check(
      'holds_state',
      sql`${t.state} in ('awaiting_payer', 'held', 'releasing', 'released', 'captured', 'lost')`,
    ),
    check('holds_live', sql`${t.live} = (${t.state} in ('awaiting_payer', 'held', 'releasing'))`),
    check('holds_amount', sql`${t.amountCents} >= 50`),
  ],
);

export const SETTLEMENT_STATES = ['settling', 'captured', 'released', 'hold_lost'] as const;

/** What becomes of the hold of an ended call. The amount is the frozen bill and never changes. */
export const settlements = pgTable(
  'settlements',
  {
    callId: uuid()
      .primaryKey()
      .references(() => calls.id),
    holdId: uuid()
      .notNull()
      .references(() => holds.id),
    state: text({ enum: SETTLEMENT_STATES }).notNull().default('settling'),
    totalCents: integer().notNull(),
    /** Rises when an attempt is known to have failed, never while its outcome is unknown. */
    attempt: integer().notNull().default(1),
    capturedCents: integer().notNull().default(0),
    /** Of the bill, what nobody pays: above the hold, below the smallest charge, or lost with the hold. */
    writtenOffCents: integer().notNull().default(0),
    /** What Stripe kept, as its balance transaction says; null until it has said so. */
    stripeFeeCents: integer(),
    refundedCents: integer().notNull().default(0),
    disputedAt: at(),
    version: integer().notNull().default(0),
    createdAt: at().notNull().defaultNow(),
    settledAt: at(),
  },
  (t) => [
    check('settlements_state', sql`${t.state} in ('settling', 'captured', 'released', 'hold_lost')`),
    check(
      'settlements_sane',
      sql`${t.totalCents} >= 0 and ${t.capturedCents} >= 0 and ${t.writtenOffCents} >= 0
        and ${t.refundedCents} between 0 and ${t.capturedCents}`,
    ),
  ],
);

export const refunds = pgTable(
  'refunds',
  {
    /** Chosen by who asks, so that a second click asks for the same one. */
    id: uuid().primaryKey(),
    callId: uuid()
      .notNull()
      .references(() => calls.id),
    amountCents: integer().notNull(),
    reason: text().notNull(),
    state: text({ enum: ['pending', 'succeeded', 'failed'] })
      .notNull()
      .default('pending'),
    /** Rises when an attempt is known to have failed; part of the idempotency key. */
    attempt: integer().notNull().default(1),
    stripeRefundId: text().unique(),
    createdAt: at().notNull().defaultNow(),
  },
  (t) => [
    check('refunds_amount', sql`${t.amountCents} > 0`),
    check('refunds_state', sql`${t.state} in ('pending', 'succeeded', 'failed')`),
  ],
);

/** A payer's bank takes a payment back until it is decided who is right. */
export const disputes = pgTable(
  'disputes',
  {
    /** Stripe's id. */
    id: text().primaryKey(),
    callId: uuid()
      .notNull()
      .references(() => calls.id),
    amountCents: integer().notNull(),
    /** What Stripe charges for the dispute itself. */
    feeCents: integer().notNull(),
    reason: text().notNull(),
    state: text({ enum: ['open', 'won', 'lost'] })
      .notNull()
      .default('open'),
    /** What speaks for the charge, as it was known when the dispute came: approval, call, bill. No transcript. */
    evidence: jsonb().notNull(),
    createdAt: at().notNull().defaultNow(),
    closedAt: at(),
  },
  (t) => [
    index().on(t.callId),
    check('disputes_state', sql`${t.state} in ('open', 'won', 'lost')`),
    check('disputes_closed', sql`(${t.state} = 'open') = (${t.closedAt} is null)`),
  ],
);

/** Every event of Stripe that was taken, so that it is taken once. */
export const stripeEvents = pgTable('stripe_events', {
  id: text().primaryKey(),
  type: text().notNull(),
  /** The object it is about; what is in the event itself is not believed. */
  objectId: text().notNull(),
  receivedAt: at().notNull().defaultNow(),
});
