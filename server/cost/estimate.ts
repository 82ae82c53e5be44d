import { type FeePolicy, withCardFee } from './card-fee.ts';
import { type MicroCents, toCents, toExactCents } from './money.ts';
import { cumulativeAmount, priceOf, type RateCard } from './rate-card.ts';
import type { Sku } from './skus.ts';

/** How a call of this kind goes, per minute. */
interface Course {
  turns: number;
  characters: number;
  inputTokens: number;
  outputTokens: number;
}

/**
 * The expected course is the customer's. The others are the house's assumptions: a persona that mostly listens, and one
 * that talks as much as the demo's, which speaks 725 characters in a call of 70 s (8 replies, 500 tokens in each).
 */
const COURSES: Readonly<Record<'low' | 'expected' | 'high', Course>> = {
  low: { turns: 3, characters: 100, inputTokens: 1_000, outputTokens: 40 },
  expected: { turns: 6, characters: 200, inputTokens: 1_000, outputTokens: 60 },
  high: { turns: 8, characters: 650, inputTokens: 1_500, outputTokens: 120 },
};
/** From here on the memory in the prompt, sent again at every turn, is what makes the call expensive. */
const HIGH_MEMORY_TOKENS = 3_000;
const MINUTE_MS = 60_000;

/** Names and units as the customer's API has them: the breakdown in dollars, the totals in cents. */
export interface CostEstimate {
  estimated_duration_minutes: number;
  breakdown: { twilio: number; tts: number; ai: number; stt: number };
  subtotal_cents: number;
  total_cents: number;
  /** The total of a quiet and of a lively call of the same length. */
  low_total_cents: number;
  high_total_cents: number;
  warning: string | null;
}

export interface EstimateTerms {
  retail: RateCard;
  feePolicy: FeePolicy;
}

/** What a call of so many minutes will probably cost its payer. The hold is the cap, never this. */
export function estimateCallCost(minutes: number, memoryTokens: number, terms: EstimateTerms): CostEstimate {
  const expected = partsOf(minutes, memoryTokens, COURSES.expected, terms.retail);
  const dollars = (amount: MicroCents) => Math.round(toExactCents(amount)) / 100;
  const subtotal = subtotalOf(expected);
  const totalOf = (course: Course) =>
    withCardFee(terms.feePolicy, subtotalOf(partsOf(minutes, memoryTokens, course, terms.retail)));
  return {
    estimated_duration_minutes: minutes,
    breakdown: {
      twilio: dollars(expected.twilio),
      tts: dollars(expected.tts),
      ai: dollars(expected.ai),
      stt: dollars(expected.stt),
    },
    subtotal_cents: subtotal,
    total_cents: withCardFee(terms.feePolicy, subtotal),
    low_total_cents: totalOf(COURSES.low),
    high_total_cents: totalOf(COURSES.high),
    warning: memoryTokens > HIGH_MEMORY_TOKENS ? 'High memory context detected' : null,
  };
}

type Parts = Record<'twilio' | 'tts' | 'ai' | 'stt', MicroCents>;

function partsOf(minutes: number, memoryTokens: number, course: Course, card: RateCard): Parts {
  const cost = (sku: Sku, units: number) =>
    cumulativeAmount(priceOf(card, 'ringback', sku), BigInt(Math.ceil(units)));
  const turns = course.turns * minutes;
  return {
    twilio: cost('telephony.outbound.ms', minutes * MINUTE_MS),
    tts: cost('tts.characters', course.characters * minutes),
    ai:
      cost('llm.input.tokens', turns * (course.inputTokens + memoryTokens)) +
      cost('llm.output.tokens', turns * course.outputTokens),
    stt: cost('stt.ms', minutes * MINUTE_MS),
  };
}

function subtotalOf({ twilio, tts, ai, stt }: Parts): number {
  return toCents(twilio + tts + ai + stt);
}
