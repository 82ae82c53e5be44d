import { eq, sql } from 'drizzle-orm';
import type { Database, Transaction } from '../../db/connection.ts';
import { approvals, calls } from '../../db/schema/index.ts';
import { smallestUsefulCapCents } from '../cost/budget.ts';
import { budgetFor, sponsorshipLeft } from '../cost/budget-store.ts';
import type { FeePolicy } from '../cost/card-fee.ts';
import type { RateCards } from '../cost/rate-card-store.ts';
import type { CallTerms } from '../cost/terms.ts';
import { RingbackError } from '../errors.ts';
import { newSecret } from '../secrets.ts';
import { findOrAddPayer, type PayerReference } from './payers.ts';

/** A call before it has a row. */
export interface PlannedCall {
  userId: string;
  persona: string;
  direction: 'outbound' | 'inbound';
  toNumber: string;
  fromNumber: string;
}

/** What a payer is asked. */
export interface PayerQuestion {
  payer: PayerReference;
  /** The most that is held; without it, what the user's budget allows for a call. */
  capCents: number | undefined;
  /** The words that they agree to. */
  textShown(capCents: number): string;
  /** How long they may take to answer. */
  validMs: number;
}

/** A payer sees status and receipt for so long after the time to answer is over. */
const VIEWABLE_MS = 90 * 24 * 3_600_000;

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
      const call = await insertCall(tx, plan, terms);
      return { call, terms };
    });
  }

  /**
   * Opens a call that waits for a payer's yes, up to a cap.
   * @throws RingbackError `budget_exhausted`, `payer_unknown` or `payer_blocked`.
   * @returns the secret for the payer's link; it can be read this one time only.
   */
  async askPayer(plan: PlannedCall, question: PayerQuestion): Promise<FundedCall & { linkToken: string }> {
    return this.#db.as({ kind: 'system', purpose: 'fund a call' }, async (tx) => {
      const budget = await budgetFor(tx, plan.userId);
      const cards = await this.#rateCards.inForce(tx);
      const limitCents = budget.settings.autoCutoff ? budget.leftCents : Number.MAX_SAFE_INTEGER;
      const capCents = Math.min(limitCents, question.capCents ?? budget.settings.maxCostPerCallCents);
      const terms: CallTerms = {
        cards,
        feePolicy: this.#feePolicy,
        capCents,
        warnAtCents: Math.ceil((capCents * budget.settings.warnAtPercent) / 100),
        graceMs: budget.settings.gracePeriodSeconds * 1_000,
        sponsored: false,
      };
      assertUseful(terms, capCents < limitCents ? 'cap' : 'user');
      const payer = await findOrAddPayer(tx, question.payer);
      const call = await insertCall(tx, plan, terms);
      const { secret, hash } = newSecret();
      await tx.insert(approvals).values({
        payerId: payer.id,
        userId: plan.userId,
        callId: call.id,
        capCents,
        feePolicy: this.#feePolicy,
        retailCardId: cards.retail.id,
        textShown: question.textShown(capCents),
        tokenHash: hash,
        validUntil: inMs(question.validMs),
        viewableUntil: inMs(question.validMs + VIEWABLE_MS),
      });
      return { call, terms, linkToken: secret };
    });
  }

  /** What a call's costs are reckoned by, as its row has it, so that every instance can serve the call. */
  async termsOf(callId: string): Promise<CallTerms> {
    const [row] = await this.#db.as({ kind: 'system', purpose: 'load the terms of a call' }, (tx) =>
      tx.select().from(calls).where(eq(calls.id, callId)),
    );
    if (row?.retailCardId == null || row.vendorCardId === null)
      throw new Error(`call ${callId} has no price lists`);
    const cards = await this.#rateCards.ofCall(row.retailCardId, row.vendorCardId);
    const { feePolicy, capCents, warnAtCents, graceMs } = row;
    const sponsored = row.funding === 'sponsored';
    return { cards, feePolicy, capCents, warnAtCents, graceMs, sponsored };
  }
}

/** By the database's clock, which all windows are held against: an instance's own may be off. */
function inMs(ms: number) {
  return sql`now() + make_interval(secs => ${ms / 1_000})`;
}

async function insertCall(
  tx: Transaction,
  plan: PlannedCall,
  terms: CallTerms,
): Promise<typeof calls.$inferSelect> {
  const [call] = await tx
    .insert(calls)
    .values({ ...plan, ...columnsOf(terms) })
    .returning();
  if (call === undefined) throw new Error('the database returned no row for an insert');
  return call;
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

const SCARCE = {
  user: 'The budget for calls to this person leaves',
  house: 'What the house gives to calls today leaves',
  cap: 'The cap is',
} as const;

function assertUseful(terms: CallTerms, scarce: keyof typeof SCARCE): void {
  const leastCents = smallestUsefulCapCents(terms);
  if (terms.capCents >= leastCents) return;
  throw new RingbackError(
    scarce === 'cap' ? 'cap_too_small' : 'budget_exhausted',
    `${SCARCE[scarce]} ${terms.capCents} cents, and a call needs at least ${leastCents}.`,
    {
      remedy:
        scarce === 'cap'
          ? 'Ask for a larger cap.'
          : 'Wait for the next day or month, or raise the limit under /api/user/budget.',
    },
  );
}
