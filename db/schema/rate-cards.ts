import { sql } from 'drizzle-orm';
import { bigint, check, integer, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core';
import { at, id, microCents } from './columns.ts';

/**
 * A dated price list. In force from `valid_from` until the next one of its kind begins, so lists never overlap.
 * The server's role may add and read, never change or delete.
 */
export const rateCards = pgTable(
  'rate_cards',
  {
    id: id(),
    kind: text({ enum: ['retail', 'vendor'] }).notNull(),
    version: integer().notNull(),
    validFrom: at().notNull(),
    /** Why it was published. */
    note: text().notNull(),
    createdAt: at().notNull().defaultNow(),
  },
  (t) => [
    unique().on(t.kind, t.version),
    unique().on(t.kind, t.validFrom),
    check('rate_cards_kind', sql`${t.kind} in ('retail', 'vendor')`),
  ],
);

/** One price of a list: `micro_cents` for every `per` units. */
export const rates = pgTable(
  'rates',
  {
    cardId: uuid()
      .notNull()
      .references(() => rateCards.id, { onDelete: 'cascade' }),
    /** A sku, or vendor/sku where the price depends on the vendor. */
    key: text().notNull(),
    microCents: microCents().notNull(),
    per: bigint({ mode: 'bigint' }).notNull(),
    /** Units are rounded up to a multiple of this. */
    increment: bigint({ mode: 'bigint' }).notNull(),
    /** At least so many units are billed once there is one. */
    minimum: bigint({ mode: 'bigint' }).notNull(),
    /** Added once per call. */
    feeMicroCents: microCents().notNull(),
    /** Where the figure comes from, and when it was read. */
    source: text().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.cardId, t.key] }),
    check(
      'rates_sane',
      sql`${t.microCents} >= 0 and ${t.per} > 0 and ${t.increment} > 0 and ${t.minimum} >= 0 and ${t.feeMicroCents} >= 0`,
    ),
  ],
);
