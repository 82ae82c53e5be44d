import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../test/virtual-clock.ts';
import {
  cardFeeCents,
  expectedStripeFeeCents,
  FEE_POLICIES,
  largestSubtotalWithin,
  withCardFee,
} from './card-fee.ts';
import { DEFAULT_CARDS, DEFAULT_TERMS } from './default-cards.ts';
import { estimateCallCost } from './estimate.ts';
import { formatCents, toCents, toCentsByLargestRemainder, usd } from './money.ts';
import { cumulativeAmount, priceOf } from './rate-card.ts';
import { SKU_NAMES, type Sku } from './skus.ts';
import type { CallTerms } from './terms.ts';
import { CallCostTracker } from './tracker.ts';
import type { Usage } from './usage.ts';

const cents = (sku: Sku, units: number) =>
  toCents(cumulativeAmount(priceOf(DEFAULT_CARDS.retail, 'ringback', sku), BigInt(units)));

describe('money', () => {
  it('parses dollars without floating point', () => {
    expect(usd('0.0043')).toBe(430_000n);
    expect(usd('92233720368.54775807')).toBe(9_223_372_036_854_775_807n);
    for (const nonsense of ['1.123456789', '-1', '1e3', '', '0x10', '1,5'])
      expect(() => usd(nonsense)).toThrow();
  });

  it('splits a total so that the lines add up', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 10n ** 12n }), { maxLength: 12 }), (parts) => {
        const lines = toCentsByLargestRemainder(parts);
        expect(lines.reduce((sum, line) => sum + line, 0)).toBe(
          toCents(parts.reduce((sum, part) => sum + part, 0n)),
        );
        lines.forEach((line, i) => {
          expect(Math.abs(line - Number(parts[i] ?? 0n) / 1_000_000)).toBeLessThan(1);
        });
      }),
    );
  });

  it('formats cents', () => {
    expect([0, 5, 341, -120].map(formatCents)).toEqual(['$0.00', '$0.05', '$3.41', '-$1.20']);
  });
});

describe('the card fee', () => {
  it('is the customer’s on the subtotal', () => {
    expect([302, 287, 0].map((subtotal) => cardFeeCents('on_subtotal', subtotal))).toEqual([39, 38, 0]);
  });

  it('grosses up by the closed form', () => {
    const totals = [20, 100, 287, 302, 750, 941, 1_000].map((subtotal) => withCardFee('gross_up', subtotal));
    expect(totals).toEqual([52, 134, 327, 342, 804, 1_000, 1_061]);
  });

  it('grossed up, always leaves the subtotal, and never more than a cent more', () => {
    for (let subtotal = 1; subtotal <= 20_000; subtotal++) {
      const total = withCardFee('gross_up', subtotal);
      const left = total - expectedStripeFeeCents(total);
      expect(left).toBeGreaterThanOrEqual(subtotal);
      expect(left).toBeLessThanOrEqual(subtotal + 1);
    }
  });

  it('knows the largest subtotal that a limit pays', () => {
    const largest = (limit: number) => largestSubtotalWithin('gross_up', limit);
    expect([1_000, 5_000, 10_000, 0, 30].map(largest)).toEqual([941, 4_825, 9_680, 0, 0]);
    fc.assert(
      fc.property(fc.constantFrom(...FEE_POLICIES), fc.nat(50_000), (policy, limit) => {
        const subtotal = largestSubtotalWithin(policy, limit);
        expect(withCardFee(policy, subtotal) <= limit).toBe(true);
        expect(withCardFee(policy, subtotal + 1) > limit).toBe(true);
      }),
    );
  });
});

describe('the price lists', () => {
  it('bill each started minute of the telephone on top of the connection', () => {
    expect(
      [0, 1_000, 60_000, 61_000, 300_000, 301_000].map((ms) => cents('telephony.outbound.ms', ms)),
    ).toEqual([0, 65, 65, 105, 225, 265]);
  });

  it('price everything that can be used, at every vendor that can be used for it', () => {
    for (const sku of SKU_NAMES) expect(() => cents(sku, 1)).not.toThrow();
    for (const vendor of ['cerebras', 'openai'] as const)
      for (const kind of ['input', 'cached', 'output', 'reasoning'] as const)
        expect(() => priceOf(DEFAULT_CARDS.vendor, vendor, `llm.${kind}.tokens`)).not.toThrow();
    for (const vendor of ['deepgram', 'cartesia'] as const)
      expect(() => priceOf(DEFAULT_CARDS.vendor, vendor, 'stt.ms')).not.toThrow();
  });

  it('bill a minimum once there is one unit, and nothing for none', () => {
    const price = {
      rate: { microCents: 2n, per: 1n },
      increment: 10n,
      minimum: 25n,
      fee: 7n,
      source: 'test',
    };
    expect([0n, 1n, 25n, 31n].map((units) => cumulativeAmount(price, units))).toEqual([0n, 67n, 67n, 87n]);
  });
});

describe('the estimate', () => {
  const terms = { retail: DEFAULT_CARDS.retail, feePolicy: 'on_subtotal' as const };

  it('is the customer’s for five minutes and 2,000 tokens of memory', () => {
    expect(estimateCallCost(5, 2_000, terms)).toMatchObject({
      estimated_duration_minutes: 5,
      breakdown: { twilio: 2.25, tts: 0.3, ai: 0.45, stt: 0.02 },
      subtotal_cents: 302,
      total_cents: 341,
      warning: null,
    });
  });

  it('never falls when the call is longer or remembers more, and lies between quiet and lively', () => {
    fc.assert(
      fc.property(fc.nat(120), fc.nat(20_000), fc.nat(30), fc.nat(5_000), (minutes, tokens, longer, more) => {
        const estimate = estimateCallCost(minutes, tokens, terms);
        const larger = estimateCallCost(minutes + longer, tokens + more, terms);
        expect(larger.total_cents).toBeGreaterThanOrEqual(estimate.total_cents);
        expect(estimate.low_total_cents).toBeLessThanOrEqual(estimate.total_cents);
        expect(estimate.high_total_cents).toBeGreaterThanOrEqual(estimate.total_cents);
        expect(estimate.warning === null).toBe(tokens <= 3_000);
      }),
    );
  });
});

const usage = (
  units: number,
  reference: string,
  outcome: Usage['outcome'] = 'complete',
  sku: Sku = 'tts.characters',
): Usage => ({ vendor: 'cartesia', sku, units, reference, outcome });
/** So many dollars for a million units. */
const priceFor = (dollars: string) => ({
  rate: { microCents: usd(dollars), per: 1_000_000n },
  increment: 1n,
  minimum: 0n,
  fee: 0n,
  source: 'test',
});
const OUT = { direction: 'outbound', carrierSid: 'CA1' } as const;

function tracker(terms: Partial<CallTerms> = {}, clock = new VirtualClock()): CallCostTracker {
  return new CallCostTracker({ callId: 'call', terms: { ...DEFAULT_TERMS, ...terms }, clock });
}

describe('the tracker', () => {
  it('has the customer’s way of being used', async () => {
    const costs = new CallCostTracker({
      callId: 'call',
      terms: async () => DEFAULT_TERMS,
      clock: new VirtualClock(),
    });
    expect(() => costs.trackTTS('too early')).toThrow(/initialize/);
    await costs.initialize();
    costs.trackTTS('x'.repeat(1_000));
    costs.trackAIInference(90_000, 1_800);
    costs.trackSTT(300);
    costs.trackCallDuration({ ...OUT, durationMs: 300_000 });
    costs.trackMemoryOperation();
    const { total_cents, breakdown } = costs.getCurrentTotal();
    expect(total_cents).toBe(341);
    expect(breakdown).toEqual({ twilio: 2.25, tts: 0.3, ai: 0.45, stt: 0.0215, other: 0 });
    expect(costs.finalize()).toEqual({ subtotal_cents: 302, stripe_fee_cents: 39, total_cost_cents: 341 });
    expect(new Set(costs.unsaved().map(({ type }) => type))).toEqual(
      new Set(['tts_request', 'ai_inference', 'stt_chunk', 'twilio_duration', 'memory_operation']),
    );
  });

  it('counts the same act once', () => {
    const costs = tracker();
    costs.record(usage(100, 'a'));
    costs.record(usage(100, 'a'));
    expect(costs.unsaved()).toHaveLength(1);
  });

  it('replaces an upper bound by the truth, with an event of its own', () => {
    const costs = tracker();
    costs.record(usage(1_000, 'a'));
    costs.record(usage(400, 'a', 'aborted'));
    expect(costs.bill().subtotalCents).toBe(12);
    expect(
      costs.unsaved().map(({ units, vendorReference, outcome }) => [units, vendorReference, outcome]),
    ).toEqual([
      [1_000n, 'a', 'complete'],
      [-600n, 'a#2', 'aborted'],
    ]);
  });

  it('rounds short pieces of audio once, not each', () => {
    const costs = tracker();
    for (let i = 0; i < 15_000; i++) costs.trackSTT(0.02, `frame-${i}`);
    expect(costs.getCurrentTotal().breakdown.stt).toBe(0.0215);
  });

  it('shows which vendor had to step in, and books it at that vendor’s price', () => {
    const costs = tracker();
    const act = { sku: 'llm.input.tokens', units: 1_000_000, reference: 'r', outcome: 'complete' } as const;
    costs.record({ ...act, vendor: 'cerebras' });
    costs.record({ ...act, vendor: 'openai', reason: 'fallback: the first model was slow' });
    expect(costs.unsaved().map((event) => event.vendorMicroCents)).toEqual([usd('0.35'), usd('0.40')]);
    expect(costs.bill().services).toEqual([
      expect.objectContaining({ requests: 2, fallbackReason: 'fallback: the first model was slow' }),
    ]);
  });

  it('freezes the payer’s bill; what comes later is the vendors’ cost alone', () => {
    const costs = tracker();
    costs.record(usage(1_000, 'a'));
    const frozen = costs.finalize();
    costs.record(usage(5_000, 'late'));
    expect(costs.finalize()).toEqual(frozen);
    expect(costs.bill()).toMatchObject({ subtotalCents: 30, vendorMicroCents: usd('0.2352') });
    expect(costs.unsaved().at(-1)).toMatchObject({ retailMicroCents: 0n, vendorMicroCents: usd('0.196') });
  });

  it('case 36: when prices change in mid-call, the payer’s stay, and each act costs us what it costs at its time', () => {
    const clock = new VirtualClock();
    const dearer = {
      ...DEFAULT_CARDS.vendor,
      id: 'from-noon',
      prices: { ...DEFAULT_CARDS.vendor.prices, 'cartesia/tts.characters': priceFor('1') },
    };
    const noon = clock.wallMs() + 60_000;
    const costs = tracker(
      { cards: { ...DEFAULT_CARDS, upcomingVendor: [{ fromMs: noon, card: dearer }] } },
      clock,
    );
    costs.record(usage(1_000, 'before noon'));
    clock.advance(60_000);
    costs.record(usage(1_000, 'after noon'));
    expect(costs.unsaved().map(({ vendorCard, vendorMicroCents }) => [vendorCard, vendorMicroCents])).toEqual(
      [
        ['vendor-default', usd('0.0392')],
        ['from-noon', usd('0.001')],
      ],
    );
    expect(costs.bill()).toMatchObject({ subtotalCents: 60, vendorMicroCents: usd('0.0402') });
    const taken = tracker(
      { cards: { ...DEFAULT_CARDS, upcomingVendor: [{ fromMs: noon, card: dearer }] } },
      clock,
    );
    taken.restore(costs.unsaved());
    expect(taken.bill()).toEqual(costs.bill());
  });

  it('keeps what was not saved', () => {
    const costs = tracker();
    costs.record(usage(1, 'a'));
    costs.record(usage(1, 'b'));
    costs.saved(1);
    expect(costs.unsaved().map((event) => event.vendorReference)).toEqual(['b']);
  });

  it('has events that add up to the bill, to the micro-cent, whatever was recorded', () => {
    const skus: Sku[] = ['telephony.outbound.ms', 'tts.characters', 'llm.input.tokens', 'stt.ms'];
    const vendors: Record<string, Usage['vendor']> = {
      'telephony.outbound.ms': 'twilio',
      'tts.characters': 'cartesia',
      'llm.input.tokens': 'openai',
      'stt.ms': 'deepgram',
    };
    const recorded = fc.record({ sku: fc.constantFrom(...skus), units: fc.nat(200_000), act: fc.nat(6) });
    fc.assert(
      fc.property(fc.array(recorded, { maxLength: 60 }), (list) => {
        const costs = tracker();
        for (const { sku, units, act } of list)
          costs.record({ ...usage(units, `act-${act}`, 'complete', sku), vendor: vendors[sku] ?? 'twilio' });
        const events = costs.unsaved();
        const sum = events.reduce((total, event) => total + event.retailMicroCents, 0n);
        const bill = costs.bill();
        expect(bill.subtotalCents).toBe(toCents(sum));
        expect(bill.services.reduce((total, line) => total + line.cents, 0)).toBe(bill.subtotalCents);
        expect(bill.vendorMicroCents).toBe(
          events.reduce((total, event) => total + event.vendorMicroCents, 0n),
        );
        const references = events.map((event) => `${event.sku}/${event.vendorReference}`);
        expect(new Set(references).size).toBe(references.length);
      }),
    );
  });
});
