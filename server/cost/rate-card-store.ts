import { asc, desc, eq, lte, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { rateCards, rates } from '../../db/schema/index.ts';
import type { Clock } from '../clock.ts';
import { RingbackError } from '../errors.ts';
import { REQUIRED_KEYS, RETAIL_PRICES, VENDOR_PRICES } from './default-cards.ts';
import type { Price, PriceKey, Prices, RateCard } from './rate-card.ts';
import type { CallTerms } from './terms.ts';

export type CardKind = RateCard['kind'];

const UNPRICED: Prices = Object.fromEntries(
  REQUIRED_KEYS.retail.map((key): [PriceKey, Price] => [
    key,
    {
      rate: { microCents: 0n, per: 1n },
      increment: 1n,
      minimum: 0n,
      fee: 0n,
      source: 'not on the list that was agreed to',
    },
  ]),
);

/** One list at a time is published; any constant that all instances share. */
const PUBLISH_LOCK = 727_402;
/** What the first lists are valid from: before every call. */
const EPOCH = new Date('2020-01-01T00:00:00Z');
/** A clock of the publisher that is a little behind is not an attempt to change history. */
const PAST_TOLERANCE_MS = 60_000;

const SYSTEM: Actor = { kind: 'system', purpose: 'read price lists' };

/** The price lists. A list never changes, so each is read once and kept. */
export class RateCards {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #read = new Map<string, RateCard>();

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** Adds the default lists to a database that has none. */
  async ensureDefaults(): Promise<void> {
    await this.#db.as(SYSTEM, async (tx) => {
      await lock(tx);
      const present = await tx.select({ kind: rateCards.kind }).from(rateCards);
      const missing = (['retail', 'vendor'] as const).filter(
        (kind) => !present.some((row) => row.kind === kind),
      );
      for (const kind of missing) {
        const prices = kind === 'retail' ? RETAIL_PRICES : VENDOR_PRICES;
        await insertCard(tx, { kind, version: 1, validFrom: EPOCH, note: 'the defaults', prices });
      }
    });
  }

  /** The lists in force now, read inside the caller's transaction. */
  async inForce(tx: Transaction): Promise<CallTerms['cards']> {
    const [retail, vendor] = await Promise.all([this.#newest(tx, 'retail'), this.#newest(tx, 'vendor')]);
    return { retail, vendor, upcomingVendor: await this.#upcomingVendor(tx) };
  }

  /** The lists that a call was funded on, by id, and the vendors' that begin while it may last. */
  async ofCall(retailId: string, vendorId: string): Promise<CallTerms['cards']> {
    const [retail, vendor, upcomingVendor] = await Promise.all([
      this.byId(retailId),
      this.byId(vendorId),
      this.#db.as(SYSTEM, (tx) => this.#upcomingVendor(tx)),
    ]);
    return { retail, vendor, upcomingVendor };
  }

  async #upcomingVendor(tx: Transaction): Promise<Array<{ fromMs: number; card: RateCard }>> {
    const rows = await tx
      .select({ id: rateCards.id, validFrom: rateCards.validFrom })
      .from(rateCards)
      .where(sql`${rateCards.kind} = 'vendor' and ${rateCards.validFrom} > now() - interval '4 hours'
        and ${rateCards.validFrom} < now() + interval '4 hours'`)
      .orderBy(asc(rateCards.validFrom));
    return Promise.all(
      rows.map(async ({ id, validFrom }) => ({
        fromMs: validFrom.getTime(),
        card: await this.#card(tx, id),
      })),
    );
  }

  async #newest(tx: Transaction, kind: CardKind): Promise<RateCard> {
    const [row] = await tx
      .select({ id: rateCards.id })
      .from(rateCards)
      .where(sql`${rateCards.kind} = ${kind} and ${lte(rateCards.validFrom, sql`now()`)}`)
      .orderBy(desc(rateCards.validFrom))
      .limit(1);
    if (row === undefined) throw new Error(`there is no ${kind} price list in force`);
    return this.#card(tx, row.id);
  }

  /** @throws when there is no such list: a call's row never names one that does not exist. */
  async byId(id: string): Promise<RateCard> {
    return this.#read.get(id) ?? this.#db.as(SYSTEM, (tx) => this.#card(tx, id));
  }

  /** Over the caller's own connection: who waits in a transaction for another one may wait for itself. */
  async #card(tx: Transaction, id: string): Promise<RateCard> {
    const known = this.#read.get(id);
    if (known !== undefined) return known;
    const card = await readCard(tx, id);
    this.#read.set(id, card);
    return card;
  }

  /** The list in force now. */
  async current(kind: CardKind): Promise<RateCard> {
    return this.#db.as(SYSTEM, (tx) => this.#newest(tx, kind));
  }

  list(actor: Actor): Promise<Array<typeof rateCards.$inferSelect>> {
    return this.#db.as(actor, (tx) =>
      tx.select().from(rateCards).orderBy(asc(rateCards.kind), desc(rateCards.validFrom)),
    );
  }

  /**
   * Publishes a list: the newest one of its kind with some prices changed.
   * @throws RingbackError `rate_card_overlaps` when it would begin before the newest one or in the past,
   * `rate_card_unknown_sku` when a price belongs to nothing that can be used.
   */
  async publish(
    actor: Actor,
    list: { kind: CardKind; validFrom: Date; note: string; changes: Prices },
  ): Promise<string> {
    const unknown = Object.keys(list.changes).find(
      (key) => !REQUIRED_KEYS[list.kind].includes(key as PriceKey),
    );
    if (unknown !== undefined)
      throw new RingbackError(
        'rate_card_unknown_sku',
        `A ${list.kind} price list has no price for "${unknown}".`,
        {
          remedy: `Use one of: ${REQUIRED_KEYS[list.kind].join(', ')}.`,
        },
      );
    return this.#db.as(actor, async (tx) => {
      await lock(tx);
      const [newest] = await tx
        .select()
        .from(rateCards)
        .where(eq(rateCards.kind, list.kind))
        .orderBy(desc(rateCards.validFrom))
        .limit(1);
      const earliest = Math.max(
        this.#clock.wallMs() - PAST_TOLERANCE_MS,
        (newest?.validFrom.getTime() ?? 0) + 1,
      );
      if (list.validFrom.getTime() < earliest)
        throw new RingbackError(
          'rate_card_overlaps',
          'This price list would change prices that calls have been reckoned by.',
          { remedy: `Let it begin after ${new Date(earliest).toISOString()}.` },
        );
      const before = newest === undefined ? {} : (await this.byId(newest.id)).prices;
      const prices = { ...before, ...list.changes };
      return insertCard(tx, { ...list, version: (newest?.version ?? 0) + 1, prices });
    });
  }
}

async function readCard(tx: Transaction, id: string): Promise<RateCard> {
  const [card] = await tx.select().from(rateCards).where(eq(rateCards.id, id));
  if (card === undefined) throw new Error(`there is no price list ${id}`);
  const rows = await tx.select().from(rates).where(eq(rates.cardId, id));
  const priced = Object.fromEntries(
    rows.map(({ key, microCents, per, increment, minimum, feeMicroCents, source }) => [
      key,
      { rate: { microCents, per }, increment, minimum, fee: feeMicroCents, source } satisfies Price,
    ]),
  ) as Prices;
  // A list from before something could be used: payers agreed to no price for it, vendors charge what they charge.
  const prices = { ...(card.kind === 'vendor' ? VENDOR_PRICES : UNPRICED), ...priced };
  return { id, kind: card.kind, version: card.version, prices };
}

async function insertCard(
  tx: Transaction,
  card: { kind: CardKind; version: number; validFrom: Date; note: string; prices: Prices },
): Promise<string> {
  const [row] = await tx
    .insert(rateCards)
    .values({ kind: card.kind, version: card.version, validFrom: card.validFrom, note: card.note })
    .returning({ id: rateCards.id });
  if (row === undefined) throw new Error('the database returned no row for an insert');
  await tx.insert(rates).values(
    Object.entries(card.prices).map(([key, price]) => ({
      cardId: row.id,
      key,
      microCents: price.rate.microCents,
      per: price.rate.per,
      increment: price.increment,
      minimum: price.minimum,
      feeMicroCents: price.fee,
      source: price.source,
    })),
  );
  return row.id;
}

async function lock(tx: Transaction): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${PUBLISH_LOCK})`);
}
