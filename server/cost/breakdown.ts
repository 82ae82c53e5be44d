import type { SkuTotal } from './bill.ts';
import { toExactCents } from './money.ts';
import type { Sku } from './skus.ts';

/** The customer's names and shapes for a bill. */
export interface FinalCost {
  subtotal_cents: number;
  stripe_fee_cents: number;
  total_cost_cents: number;
}

/** What the names of the customer's breakdown are made of. */
const BREAKDOWN: Readonly<Record<'twilio' | 'tts' | 'ai' | 'stt' | 'other', readonly Sku[]>> = {
  twilio: [
    'telephony.outbound.ms',
    'telephony.inbound.ms',
    'media.stream.ms',
    'amd.checks',
    'recording.ms',
    'sms.segments',
  ],
  tts: ['tts.characters'],
  ai: ['llm.input.tokens', 'llm.cached.tokens', 'llm.output.tokens', 'llm.reasoning.tokens'],
  stt: ['stt.ms'],
  other: ['memory.operations'],
};

/** A running total as the customer's API tells it: cents in all, dollars by kind of service. */
export interface CurrentTotal {
  total_cents: number;
  breakdown: Record<keyof typeof BREAKDOWN, number>;
}

export function breakdownOf(totals: ReadonlyMap<Sku, SkuTotal>): CurrentTotal['breakdown'] {
  const dollars = (skus: readonly Sku[]) =>
    toExactCents(skus.reduce((sum, sku) => sum + (totals.get(sku)?.retail ?? 0n), 0n)) / 100;
  const { twilio, tts, ai, stt, other } = BREAKDOWN;
  return {
    twilio: dollars(twilio),
    tts: dollars(tts),
    ai: dollars(ai),
    stt: dollars(stt),
    other: dollars(other),
  };
}
