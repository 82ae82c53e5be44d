import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../test/virtual-clock.ts';
import type { Sku, Usage } from '../call/ports.ts';
import { formatCents, stripeFeeCents, toCents, toCentsByLargestRemainder, usd } from './money.ts';
import { cumulativeAmount, retailCard, vendorCard } from './rate-card.ts';
import { CostTracker } from './tracker.ts';

const cents = (sku: Sku, units: number) => toCents(cumulativeAmount(retailCard, sku, BigInt(units)));

describe('money', () => {
  it('parses dollars without floating point', () => {
    expect(usd('0.0043')).toBe(430_000n);
    expect(usd('92233720368.54775807')).toBe(9_223_372_036_854_775_807n);
    expect(() => usd('1.123456789')).toThrow();
    expect(() => usd('-1')).toThrow();
  });

  it('charges the customer’s card fee', () => {
    expect([302, 287, 0].map(stripeFeeCents)).toEqual([39, 38, 0]);
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

describe('the retail card', () => {
  it('bills each started minute of the telephone on top of the connection', () => {
    expect(
      [0, 1_000, 60_000, 61_000, 300_000, 301_000].map((ms) => cents('telephony.outbound.ms', ms)),
    ).toEqual([0, 65, 65, 105, 225, 265]);
  });

  it('reproduces the customer’s five-minute estimate', () => {
    // 6 turns a minute, 1,000 + 2,000 tokens in and 60 out a turn, 200 characters a minute
    const parts = [
      cumulativeAmount(retailCard, 'telephony.outbound.ms', 300_000n),
      cumulativeAmount(retailCard, 'tts.characters', 1_000n),
      cumulativeAmount(retailCard, 'llm.input.tokens', 90_000n) +
        cumulativeAmount(retailCard, 'llm.output.tokens', 1_800n),
      cumulativeAmount(retailCard, 'stt.ms', 300_000n),
    ];
    expect(parts.map((part) => Number(part) / 1_000_000)).toEqual([225, 30, 45, 2.15]);
    const subtotal = toCents(parts.reduce((sum, part) => sum + part, 0n));
    expect([subtotal, subtotal + stripeFeeCents(subtotal)]).toEqual([302, 341]);
  });
});

describe('the tracker', () => {
  const usage = (
    units: number,
    reference: string,
    outcome: Usage['outcome'] = 'complete',
    sku: Sku = 'tts.characters',
  ): Usage => ({
    type: 'tts_request',
    vendor: 'cartesia',
    sku,
    units,
    reference,
    outcome,
  });
  const tracker = () => new CostTracker({ retail: retailCard, vendor: vendorCard }, new VirtualClock());

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

  it('keeps what was not saved', () => {
    const costs = tracker();
    costs.record(usage(1, 'a'));
    costs.record(usage(1, 'b'));
    costs.saved(1);
    expect(costs.unsaved().map((event) => event.vendorReference)).toEqual(['b']);
  });

  it('has events that add up to the bill, to the micro-cent, whatever was recorded', () => {
    const skus: Sku[] = [
      'telephony.outbound.ms',
      'tts.characters',
      'llm.input.tokens',
      'llm.output.tokens',
      'stt.ms',
    ];
    const recorded = fc.record({ sku: fc.constantFrom(...skus), units: fc.nat(200_000), act: fc.nat(6) });
    fc.assert(
      fc.property(fc.array(recorded, { maxLength: 60 }), (list) => {
        const costs = tracker();
        for (const { sku, units, act } of list) costs.record(usage(units, `act-${act}`, 'complete', sku));
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
