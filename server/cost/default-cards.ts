import { type Rate, usd } from './money.ts';
import type { Price, PriceKey, Prices, RateCard } from './rate-card.ts';
import type { CallTerms } from './terms.ts';

/** The price lists that a new database begins with. An admin publishes others; these are never edited in place. */

const MINUTE_MS = 60_000n;
const MILLION = 1_000_000n;

type Options = Partial<Pick<Price, 'increment' | 'minimum' | 'fee'>>;

function price(rate: Rate, source: string, options: Options = {}): Price {
  return { rate, source, increment: 1n, minimum: 0n, fee: 0n, ...options };
}

const perMinute = (dollars: string, source: string, options: Options = {}) =>
  price({ microCents: usd(dollars), per: MINUTE_MS }, source, options);
const perMillion = (dollars: string, source: string) =>
  price({ microCents: usd(dollars), per: MILLION }, source);
const each = (dollars: string, source: string) => price({ microCents: usd(dollars), per: 1n }, source);

const CUSTOMER = 'the customer’s estimate: 5 minutes and 2,000 memory tokens = 302 c';
const HOUSE = 'house price, 2026-11-22';
const voice = perMinute('0.40', CUSTOMER, { increment: MINUTE_MS, fee: usd('0.25') });

/** What the payer is billed. */
export const RETAIL_PRICES: Prices = {
  'telephony.outbound.ms': voice,
  'telephony.inbound.ms': voice,
  'media.stream.ms': each('0', 'part of the voice minute'),
  'tts.characters': price({ microCents: usd('0.30'), per: 1_000n }, CUSTOMER),
  'llm.input.tokens': perMillion('4.80', CUSTOMER),
  'llm.cached.tokens': perMillion('4.80', CUSTOMER),
  'llm.output.tokens': perMillion('10', CUSTOMER),
  'llm.reasoning.tokens': perMillion('10', CUSTOMER),
  'stt.ms': perMinute('0.0043', CUSTOMER),
  'memory.operations': each('0', HOUSE),
  'sms.segments': each('0.02', HOUSE),
  'amd.checks': each('0', HOUSE),
  'recording.ms': perMinute('0.005', HOUSE, { increment: MINUTE_MS }),
};

const CEREBRAS = 'Cerebras gpt-oss-120b, model catalogues of June 2026; cached tokens are billed in full';
const OPENAI = 'OpenAI gpt-4.1-mini, price lists of March 2026';
const CARTESIA = 'Cartesia Startup plan, $49 for 1.25 M credits; docs.cartesia.ai/pricing, 2026';

/** What the vendors charge us; with the retail card it gives the margin. */
export const VENDOR_PRICES: Prices = {
  'twilio/telephony.outbound.ms': perMinute('0.0140', 'Twilio US outbound, each started minute, 2026', {
    increment: MINUTE_MS,
  }),
  'twilio/telephony.inbound.ms': perMinute('0.0085', 'Twilio US inbound, each started minute, 2026', {
    increment: MINUTE_MS,
  }),
  'twilio/media.stream.ms': perMinute('0.0040', 'Twilio media streams, each started minute, 2026', {
    increment: MINUTE_MS,
  }),
  'twilio/sms.segments': each('0.0083', 'Twilio SMS, US, without carrier fees, read 2026-11-09'),
  'twilio/amd.checks': each('0.0075', 'Twilio answering machine detection, 2026'),
  'twilio/recording.ms': perMinute('0.0025', 'Twilio recording, 2026', { increment: MINUTE_MS }),
  'cartesia/tts.characters': perMillion('39.20', `${CARTESIA}; one credit a character`),
  'cartesia/stt.ms': perMinute('0.007056', `${CARTESIA}; Ink 2, three credits a second`, {
    increment: 1_000n,
  }),
  'deepgram/stt.ms': perMinute('0.0065', 'Deepgram Flux English, June 2026, by the second', {
    increment: 1_000n,
  }),
  'cerebras/llm.input.tokens': perMillion('0.35', CEREBRAS),
  'cerebras/llm.cached.tokens': perMillion('0.35', CEREBRAS),
  'cerebras/llm.output.tokens': perMillion('0.75', CEREBRAS),
  'cerebras/llm.reasoning.tokens': perMillion('0.75', CEREBRAS),
  'openai/llm.input.tokens': perMillion('0.40', OPENAI),
  'openai/llm.cached.tokens': perMillion('0.10', OPENAI),
  'openai/llm.output.tokens': perMillion('1.60', OPENAI),
  'openai/llm.reasoning.tokens': perMillion('1.60', OPENAI),
  'ringback/memory.operations': each('0', 'our own database'),
};

/** Every key that a card of this kind must price: what can be used must be billable. */
export const REQUIRED_KEYS: Readonly<Record<'retail' | 'vendor', readonly PriceKey[]>> = {
  retail: Object.keys(RETAIL_PRICES) as PriceKey[],
  vendor: Object.keys(VENDOR_PRICES) as PriceKey[],
};

/** The default lists as cards, for estimates and simulations without a database. */
export const DEFAULT_CARDS: { retail: RateCard; vendor: RateCard } = {
  retail: { id: 'retail-default', kind: 'retail', version: 1, prices: RETAIL_PRICES },
  vendor: { id: 'vendor-default', kind: 'vendor', version: 1, prices: VENDOR_PRICES },
};

/** A sponsored call without a database: rehearsals, simulations, tests. */
export const DEFAULT_TERMS: CallTerms = {
  cards: DEFAULT_CARDS,
  feePolicy: 'on_subtotal',
  capCents: 100_000,
  warnAtCents: 75_000,
  graceMs: 10_000,
  sponsored: true,
};
