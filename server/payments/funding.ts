import { eq } from 'drizzle-orm';
import type { Database } from '../../db/connection.ts';
import { calls } from '../../db/schema/index.ts';
import { smallestUsefulCapCents } from '../cost/budget.ts';
import { budgetFor, sponsorshipLeft } from '../cost/budget-store.ts';
import type { FeePolicy } from '../cost/card-fee.ts';
import type { RateCards } from '../cost/rate-card-store.ts';
import type { CallTerms } from '../cost/terms.ts';
import { RingbackError } from '../errors.ts';

/** A call before it has a row. */
export interface PlannedCall {
  userId: string;
  persona: string;
  direction: 'outbound' | 'inbound';
  toNumber: string;
  fromNumber: string;
}

export interface FundedCall {
  call: typeof calls.$inferSelect;
  terms: CallTerms;
}

/** Decides what a call may cost before there is one: in one transaction with the call's row, so that no two calls spend the same money. */
export class Funding {
  readonly #db: Database;
  readonly #rateCards: RateCards;
  readonly #feePolicy: FeePolicy;

  constructor(db: Database, rateCards: RateCards, feePolicy: FeePolicy) {
    this.#db = db;
    this.#rateCards = rateCards;
    this.#feePolicy = feePolicy;
  }

  /**
   * Opens a call that the house pays for.
   * @throws RingbackError `budget_exhausted` when what is left would not pay for a minute and a goodbye.
   */
  async sponsor(plan: PlannedCall): Promise<FundedCall> {
    return this.#db.as({ kind: 'system', purpose: 'fund a call' }, async (tx) => {
      const budget = await budgetFor(tx, plan.userId);
      const house = await sponsorshipLeft(tx);
      const capCents = budget.settings.autoCutoff ? Math.min(budget.leftCents, house) : house;
      const cards = await this.#rateCards.inForce(tx);
      const terms: CallTerms = {
        cards,
        feePolicy: this.#feePolicy,
        capCents,
        warnAtCents: Math.ceil((Math.min(budget.leftCents, house) * budget.settings.warnAtPercent) / 100),
        graceMs: budget.settings.gracePeriodSeconds * 1_000,
        sponsored: true,
      };
      assertUseful(terms, budget.leftCents < house ? 'user' : 'house');
      const [call] = await tx
        .insert(calls)
        .values({ ...plan, ...columnsOf(terms) })
        .returning();
      if (call === undefined) throw new Error('the database returned no row for an insert');
      return { call, terms };
    });
  }

  /** What a call's costs are reckoned by, as its row has it, so that every instance can serve the call. */
  async termsOf(callId: string): Promise<CallTerms> {
    const [row] = await this.#db.as({ kind: 'system', purpose: 'load the terms of a call' }, (tx) =>
      tx.select().from(calls).where(eq(calls.id, callId)),
    );
    if (row?.retailCardId == null || row.vendorCardId === null)
      throw new Error(`call ${callId} has no price lists`);
    const [retail, vendor] = await Promise.all([
      this.#rateCards.byId(row.retailCardId),
      this.#rateCards.byId(row.vendorCardId),
    ]);
    const { feePolicy, capCents, warnAtCents, graceMs } = row;
    const sponsored = row.funding === 'sponsored';
    return { cards: { retail, vendor }, feePolicy, capCents, warnAtCents, graceMs, sponsored };
  }
}

function columnsOf(terms: CallTerms) {
  const { cards, feePolicy, capCents, warnAtCents, graceMs, sponsored } = terms;
  return {
    funding: sponsored ? ('sponsored' as const) : ('approved' as const),
    retailCardId: cards.retail.id,
    vendorCardId: cards.vendor.id,
    feePolicy,
    capCents,
    warnAtCents,
    graceMs,
  };
}

function assertUseful(terms: CallTerms, scarce: 'user' | 'house'): void {
  const leastCents = smallestUsefulCapCents(terms);
  if (terms.capCents >= leastCents) return;
  throw new RingbackError(
    'budget_exhausted',
    `${scarce === 'user' ? 'The budget for calls to this person' : 'What the house gives to calls today'} leaves ${terms.capCents} cents, and a call needs ${leastCents}.`,
    { remedy: 'Wait for the next day or month, or raise the limit under /api/user/budget.' },
  );
}
