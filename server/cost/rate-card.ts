import type { Sku } from '../call/ports.ts';
import { amountOf, ceilingDivide, type MicroCents, type Rate, usd } from './money.ts';

/** How one sku is priced. */
export interface Price {
  rate: Rate;
  /** Units are rounded up to a multiple of this before pricing; 60,000 ms bills each started minute. */
  increment: bigint;
  /** Added once per call, with the first unit. */
  fee: MicroCents;
  /** Where the figure comes from. */
  source: string;
}

/** A dated price list. Rows are never changed: a new price is a new version. */
export interface RateCard {
  version: string;
  prices: Readonly<Record<Sku, Price>>;
}

const MINUTE_MS = 60_000n;

function price(rate: Rate, source: string, options: { increment?: bigint; fee?: MicroCents } = {}): Price {
  return { rate, source, increment: options.increment ?? 1n, fee: options.fee ?? 0n };
}

const CUSTOMER = 'the customer’s estimate: 5 minutes and 2,000 memory tokens = 302 c';
const voiceRetail = price({ microCents: usd('0.40'), per: MINUTE_MS }, CUSTOMER, {
  increment: MINUTE_MS,
  fee: usd('0.25'),
});

/** What the payer is billed. */
export const retailCard: RateCard = {
  version: 'retail-2026-11-22',
  prices: {
    'telephony.outbound.ms': voiceRetail,
    'telephony.inbound.ms': voiceRetail,
    'tts.characters': price({ microCents: usd('0.30'), per: 1_000n }, CUSTOMER),
    'llm.input.tokens': price({ microCents: usd('4.80'), per: 1_000_000n }, CUSTOMER),
    'llm.output.tokens': price({ microCents: usd('10'), per: 1_000_000n }, CUSTOMER),
    'stt.ms': price({ microCents: usd('0.0043'), per: MINUTE_MS }, CUSTOMER),
  },
};

/** What the vendors charge us; with the retail card it gives the margin. Streams cost on top of the minute. */
export const vendorCard: RateCard = {
  version: 'vendor-2026-11-22',
  prices: {
    'telephony.outbound.ms': price(
      { microCents: usd('0.0180'), per: MINUTE_MS },
      'Twilio US outbound 0.0140 + media stream 0.0040 a minute, 2026',
      { increment: MINUTE_MS },
    ),
    'telephony.inbound.ms': price(
      { microCents: usd('0.0125'), per: MINUTE_MS },
      'Twilio US inbound 0.0085 + media stream 0.0040 a minute, 2026',
      { increment: MINUTE_MS },
    ),
    'tts.characters': price(
      { microCents: usd('39.20'), per: 1_000_000n },
      'Cartesia Startup plan: $49 for 1.25 M credits, one a character',
    ),
    'llm.input.tokens': price(
      { microCents: usd('0.35'), per: 1_000_000n },
      'Cerebras gpt-oss-120b, June 2026',
    ),
    'llm.output.tokens': price(
      { microCents: usd('0.75'), per: 1_000_000n },
      'Cerebras gpt-oss-120b, June 2026',
    ),
    'stt.ms': price(
      { microCents: usd('0.0065'), per: MINUTE_MS },
      'Deepgram Flux English, June 2026, billed by the second',
    ),
  },
};

/** The whole amount for so many units of a sku in one call. Events store the differences of this. */
export function cumulativeAmount(card: RateCard, sku: Sku, units: bigint): MicroCents {
  if (units <= 0n) return 0n;
  const { rate, increment, fee } = card.prices[sku];
  return fee + amountOf(ceilingDivide(units, increment) * increment, rate);
}
