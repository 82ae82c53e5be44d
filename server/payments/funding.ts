import { eq, type SQL, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { approvals, calls, mandates } from '../../db/schema/index.ts';
import { smallestUsefulCapCents } from '../cost/budget.ts';
import { type BudgetSettings, budgetFor, sponsorshipLeft } from '../cost/budget-store.ts';
import type { FeePolicy } from '../cost/card-fee.ts';
import type { RateCards } from '../cost/rate-card-store.ts';
import type { CallTerms } from '../cost/terms.ts';
import { RingbackError } from '../errors.ts';
import { newSecret } from '../secrets.ts';
import { openMandateHold, usableMandate } from './mandate-holds.ts';
import { findOrAddPayer, type PayerReference } from './payers.ts';

/** A call before it has a row. */
export interface PlannedCall {
  userId: string;
  persona: string;
  direction: 'outbound' | 'inbound';
  toNumber: string;
  fromNumber: string;
  /** How often it is dialled when nobody picks up; once, where nothing is said. */
  maxAttempts?: number;
  /** It is not dialled before. */
  dialAfter?: Date;
  scheduleRunId?: string;
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

const SYSTEM: Actor = { kind: 'system', purpose: 'fund a call' };

/** A payer sees status and receipt for so long after the time to answer is over. */
const VIEWABLE_MS = 90 * 24 * 3_600_000;
/** Within a mandate, how long a payer may take when their bank wants to see them. */
const MANDATE_CALL_MS = 2 * 3_600_000;

export interface FundedCall {
  call: typeof calls.$inferSelect;
  terms: CallTerms;
}

/**
 * Decides what a call may cost before there is one: in one transaction with the call's row and the gate that lets it
 * pass, so that no two calls spend the same money.
 */
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
  async sponsor(tx: Transaction, plan: PlannedCall): Promise<FundedCall> {
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
  }

  /**
   * Opens a call that waits for a payer's yes, up to a cap.
   * @throws RingbackError `budget_exhausted`, `payer_unknown` or `payer_blocked`.
   * @returns the secret for the payer's link; it can be read this one time only.
   */
  async askPayer(
    tx: Transaction,
    plan: PlannedCall,
    question: PayerQuestion,
  ): Promise<FundedCall & { linkToken: string }> {
    const budget = await budgetFor(tx, plan.userId);
    const cards = await this.#rateCards.inForce(tx);
    const limitCents = budget.settings.autoCutoff ? budget.leftCents : Number.MAX_SAFE_INTEGER;
    const capCents = Math.min(limitCents, question.capCents ?? budget.settings.maxCostPerCallCents);
    const terms = this.#payersTerms(cards, budget.settings, capCents);
    assertUseful(terms, capCents < limitCents ? 'cap' : 'user');
    const payer = await findOrAddPayer(tx, question.payer);
    const { call, linkToken } = await this.#insertApproved(tx, plan, terms, {
      payerId: payer.id,
      textShown: question.textShown(capCents),
      validMs: question.validMs,
    });
    return { call, terms, linkToken };
  }

  /**
   * Opens a call that a payer approved beforehand, up to what the mandate and the user's budget leave; its hold is asked for.
   * @throws RingbackError `mandate_unusable`, `payer_blocked` or `budget_exhausted`.
   * @returns the secret for the payer's link to the call's status and receipt.
   */
  async underMandate(
    tx: Transaction,
    plan: PlannedCall,
    mandateId: string,
  ): Promise<FundedCall & { linkToken: string }> {
    const budget = await budgetFor(tx, plan.userId);
    const { mandate, leftCents } = await usableMandate(tx, mandateId, plan.userId);
    const cards = await this.#rateCards.inForce(tx);
    const limitCents = budget.settings.autoCutoff ? budget.leftCents : Number.MAX_SAFE_INTEGER;
    const terms = this.#payersTerms(cards, budget.settings, Math.min(limitCents, leftCents));
    assertUseful(terms, leftCents < limitCents ? 'mandate' : 'user');
    const { call, approval, linkToken } = await this.#insertApproved(tx, plan, terms, {
      payerId: mandate.payerId,
      mandateId,
      state: 'approved',
      decidedAt: sql`now()`,
      decidedFrom: 'mandate',
      textShown: mandate.textShown,
      validMs: MANDATE_CALL_MS,
    });
    await openMandateHold(tx, approval);
    return { call, terms, linkToken };
  }

  #payersTerms(cards: CallTerms['cards'], settings: BudgetSettings, capCents: number): CallTerms {
    return {
      cards,
      feePolicy: this.#feePolicy,
      capCents,
      warnAtCents: Math.ceil((capCents * settings.warnAtPercent) / 100),
      graceMs: settings.gracePeriodSeconds * 1_000,
      sponsored: false,
    };
  }

  async #insertApproved(
    tx: Transaction,
    plan: PlannedCall,
    terms: CallTerms,
    approved: Pick<typeof approvals.$inferInsert, 'payerId' | 'textShown'> &
      Partial<Omit<typeof approvals.$inferInsert, 'decidedAt'>> & { decidedAt?: SQL; validMs: number },
  ) {
    const { validMs, ...values } = approved;
    const call = await insertCall(tx, plan, terms);
    const { secret: linkToken, hash } = newSecret();
    const [approval] = await tx
      .insert(approvals)
      .values({
        ...values,
        userId: plan.userId,
        callId: call.id,
        capCents: terms.capCents,
        feePolicy: terms.feePolicy,
        retailCardId: terms.cards.retail.id,
        tokenHash: hash,
        validUntil: inMs(validMs),
        viewableUntil: inMs(validMs + VIEWABLE_MS),
      })
      .returning();
    if (approval === undefined) throw new Error('the database returned no row for an insert');
    return { call, approval, linkToken };
  }

  /** Whose money it is; null where the house pays. */
  async payerOf(callId: string): Promise<string | null> {
    const [row] = await this.#db.as(SYSTEM, (tx) =>
      tx.select({ payerId: approvals.payerId }).from(approvals).where(eq(approvals.callId, callId)),
    );
    return row?.payerId ?? null;
  }

  /** Null for a mandate that there is not; `underMandate` says so. */
  async payerOfMandate(mandateId: string): Promise<string | null> {
    const [row] = await this.#db.as(SYSTEM, (tx) =>
      tx.select({ payerId: mandates.payerId }).from(mandates).where(eq(mandates.id, mandateId)),
    );
    return row?.payerId ?? null;
  }

  /** What a call's costs are reckoned by, as its row has it, so that every instance can serve the call. */
  async termsOf(callId: string): Promise<CallTerms> {
    const [row] = await this.#db.as(SYSTEM, (tx) => tx.select().from(calls).where(eq(calls.id, callId)));
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
  mandate: 'The mandate leaves',
} as const;

const REMEDY = {
  user: 'Wait for the next day or month, or raise the limit under /api/user/budget.',
  house: 'Wait for the next day, or raise what the house gives.',
  cap: 'Ask for a larger cap.',
  mandate: 'Wait for the next month, or ask the payer for a larger mandate.',
} as const;

function assertUseful(terms: CallTerms, scarce: keyof typeof SCARCE): void {
  const leastCents = smallestUsefulCapCents(terms);
  if (terms.capCents >= leastCents) return;
  throw new RingbackError(
    scarce === 'cap' ? 'cap_too_small' : 'budget_exhausted',
    `${SCARCE[scarce]} ${terms.capCents} cents, and a call needs at least ${leastCents}.`,
    {
      remedy: REMEDY[scarce],
    },
  );
}
