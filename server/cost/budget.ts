import { withCardFee } from './card-fee.ts';
import { type MicroCents, toCents } from './money.ts';
import { cumulativeAmount, priceOf, type RateCard } from './rate-card.ts';
import type { Sku } from './skus.ts';
import type { CallTerms } from './terms.ts';

/** Where a call's money stands. */
export interface BudgetState {
  level: 'fine' | 'warn' | 'cutoff';
  /** The payer's total so far, fee included. */
  spentCents: number;
  /** What it would be after the goodbye, with everything that is under way. */
  projectedCents: number;
  capCents: number;
  /** When the passing of time alone may change the level; null when it cannot. */
  checkAgainInMs: number | null;
}

/** What of a call's running bill the judgement needs. */
export interface Spending {
  retailMicroCents: MicroCents;
  telephony: { sku: Sku; units: bigint };
  /** Since the call was answered. */
  elapsedMs: number;
  /** The largest prompt so far, in tokens: drafts of that size may be under way. */
  largestPromptTokens: number;
}

/**
 * What may still be spent after the decision to end the call, and is therefore held back from the cap: the clause that
 * is being spoken and the goodbye, and replies that the model has begun (each turn is drafted three times at most).
 */
const RESERVE = { characters: 400, requests: 3, promptTokens: 4_000, replyTokens: 300 };
/** Our clock starts with the media stream, the carrier's with the answer, and it stops after our hang-up. */
const MINUTE_LEAD_MS = 5_000;

/** Twilio's own limit for an account. Source: reference on TimeLimit, 2021 blog post: 4 h by default. */
const MAX_CALL_MINUTES = 240;

/** Judges the projected spend: the next started minute and the goodbye count before they happen. */
export function judgeBudget(spending: Spending, terms: CallTerms): BudgetState {
  const { feePolicy, capCents, warnAtCents, graceMs } = terms;
  const minute = nextMinute(spending, terms.cards.retail);
  const leadMs = graceMs + MINUTE_LEAD_MS;
  const minuteIsNear = minute.inMs <= leadMs;
  const projected =
    spending.retailMicroCents + reserveOf(spending, terms) + (minuteIsNear ? minute.microCents : 0n);
  const spentCents = withCardFee(feePolicy, toCents(spending.retailMicroCents));
  const projectedCents = withCardFee(feePolicy, toCents(projected));
  const level = projectedCents > capCents ? 'cutoff' : spentCents >= warnAtCents ? 'warn' : 'fine';
  return {
    level,
    spentCents,
    projectedCents,
    capCents,
    checkAgainInMs: minuteIsNear ? null : minute.inMs - leadMs,
  };
}

/** When the next started minute begins to be billed, and what it adds. */
function nextMinute(
  { telephony, elapsedMs }: Spending,
  card: RateCard,
): { inMs: number; microCents: MicroCents } {
  const price = priceOf(card, 'twilio', telephony.sku);
  const counted = telephony.units < price.minimum ? price.minimum : telephony.units;
  const paidUntil = ((counted + price.increment - 1n) / price.increment) * price.increment;
  return {
    inMs: Number(paidUntil) - elapsedMs,
    microCents: cumulativeAmount(price, paidUntil + 1n) - cumulativeAmount(price, paidUntil),
  };
}

function reserveOf({ largestPromptTokens }: Spending, { cards, graceMs }: CallTerms): MicroCents {
  const cost = (sku: Sku, units: number) =>
    cumulativeAmount(priceOf(cards.retail, 'ringback', sku), BigInt(Math.ceil(units)));
  const promptTokens = Math.max(RESERVE.promptTokens, largestPromptTokens);
  return (
    cost('tts.characters', RESERVE.characters) +
    cost('llm.input.tokens', RESERVE.requests * promptTokens) +
    cost('llm.output.tokens', RESERVE.requests * RESERVE.replyTokens) +
    cost('stt.ms', graceMs + MINUTE_LEAD_MS)
  );
}

/**
 * How long the carrier may keep a call up at most: the started minutes that the cap can pay, fee included.
 * The backstop behind the cut-off, for a process that died. 0 when not one minute can be paid.
 */
export function longestCallSeconds(terms: CallTerms, direction: 'outbound' | 'inbound'): number {
  const price = priceOf(terms.cards.retail, 'twilio', `telephony.${direction}.ms`);
  const fits = (minutes: number) =>
    withCardFee(terms.feePolicy, toCents(cumulativeAmount(price, BigInt(minutes) * 60_000n))) <=
    terms.capCents;
  let minutes = 0;
  while (minutes < MAX_CALL_MINUTES && fits(minutes + 1)) minutes += 1;
  return minutes * 60;
}

/** The least that a call is begun with: a minute, and what is held back for its end. */
export function smallestUsefulCapCents(terms: Omit<CallTerms, 'capCents'>): number {
  const price = priceOf(terms.cards.retail, 'twilio', 'telephony.outbound.ms');
  const all = { ...terms, capCents: Number.MAX_SAFE_INTEGER };
  const nothing: Spending = {
    retailMicroCents: 0n,
    telephony: { sku: 'telephony.outbound.ms', units: 0n },
    elapsedMs: 0,
    largestPromptTokens: 0,
  };
  const minute = cumulativeAmount(price, 60_000n);
  return withCardFee(terms.feePolicy, toCents(minute + reserveOf(nothing, all)));
}
