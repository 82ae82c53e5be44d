import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../test/virtual-clock.ts';
import { judgeBudget, longestCallSeconds, smallestUsefulCapCents } from './budget.ts';
import { FEE_POLICIES } from './card-fee.ts';
import { DEFAULT_TERMS } from './default-cards.ts';
import { MICRO_CENTS_PER_CENT } from './money.ts';
import type { CallTerms } from './terms.ts';
import { CallCostTracker } from './tracker.ts';

const OUT = { direction: 'outbound', carrierSid: 'CA1' } as const;

function tracker(terms: Partial<CallTerms>, clock = new VirtualClock()): CallCostTracker {
  return new CallCostTracker({ callId: 'call', terms: { ...DEFAULT_TERMS, ...terms }, clock });
}

/** What happens in a call between two looks at the budget. */
interface Spend {
  waitMs: number;
  characters: number;
  promptTokens: number;
  replyTokens: number;
}

/** Spends as a call does: looks after each act and when the next minute comes near. True when it was cut off. */
function spendUntilCutOff(costs: CallCostTracker, clock: VirtualClock, spends: readonly Spend[]): boolean {
  const isOver = () => costs.checkBudgetWarnings().level === 'cutoff';
  const wait = (ms: number) => {
    clock.advance(ms);
    if (isOver()) return true;
    costs.trackCallDuration(OUT);
    return isOver();
  };
  const acts = spends.flatMap(({ waitMs, characters, promptTokens, replyTokens }) => [
    ...Array.from({ length: Math.ceil(waitMs / 1_000) }, () => () => wait(1_000)),
    () => {
      costs.trackTTS('x'.repeat(characters));
      return isOver();
    },
    () => {
      costs.trackAIInference(promptTokens, replyTokens);
      return isOver();
    },
  ]);
  costs.trackCallDuration(OUT);
  return isOver() || acts.some((act) => act());
}

describe('the budget', () => {
  it('warns once, at the threshold', () => {
    const costs = tracker({ capCents: 1_000, warnAtCents: 750 });
    costs.trackTTS('x'.repeat(23_000)); // 690 + 50
    expect(costs.checkBudgetWarnings().level).toBe('fine');
    costs.trackTTS('x'.repeat(500)); // 705 + 50
    expect(costs.checkBudgetWarnings()).toMatchObject({ level: 'warn', spentCents: 755, capCents: 1_000 });
    costs.trackTTS('x'.repeat(100));
    expect(costs.checkBudgetWarnings().level).toBe('fine');
  });

  it('counts a minute that will begin before the goodbye is over', () => {
    const clock = new VirtualClock();
    const costs = tracker({ capCents: 130, warnAtCents: 130, graceMs: 10_000 }, clock);
    costs.trackCallDuration(OUT);
    // 65 + 19 in reserve + 32 fee = 116; with a second minute it would be 158.
    expect(costs.checkBudgetWarnings()).toMatchObject({ level: 'fine', projectedCents: 116 });
    expect(costs.checkBudgetWarnings().checkAgainInMs).toBeCloseTo(45_000, -1);
    clock.advance(45_000);
    expect(costs.checkBudgetWarnings()).toMatchObject({ level: 'cutoff', checkAgainInMs: null });
  });

  it('lets the carrier keep a call up no longer than the cap pays', () => {
    const terms = { ...DEFAULT_TERMS, feePolicy: 'gross_up' as const };
    expect(longestCallSeconds({ ...terms, capCents: 1_000 }, 'outbound')).toBe(1_320);
    expect(longestCallSeconds({ ...terms, capCents: 90 }, 'outbound')).toBe(0);
  });

  it('asks for at least a minute and a goodbye', () => {
    const least = smallestUsefulCapCents(DEFAULT_TERMS);
    const levelAt = (capCents: number) => {
      const costs = tracker({ capCents, warnAtCents: capCents });
      costs.trackCallDuration(OUT);
      return costs.checkBudgetWarnings().level;
    };
    expect([levelAt(least), levelAt(least - 1)]).toEqual(['fine', 'cutoff']);
  });

  it('never lets the total pass the cap: what may still come after the cut-off was held back', () => {
    const spend: fc.Arbitrary<Spend> = fc.record({
      waitMs: fc.nat(20_000),
      characters: fc.nat(200),
      promptTokens: fc.nat(8_000),
      replyTokens: fc.nat(300),
    });
    const cap = fc.integer({ min: 125, max: 1_200 });
    fc.assert(
      fc.property(
        cap,
        fc.constantFrom(...FEE_POLICIES),
        fc.array(spend, { maxLength: 200 }),
        (capCents, feePolicy, spends) => {
          const clock = new VirtualClock();
          const costs = tracker({ capCents, warnAtCents: capCents, feePolicy }, clock);
          if (spendUntilCutOff(costs, clock, spends)) {
            clock.advance(DEFAULT_TERMS.graceMs + 2_000);
            costs.trackTTS('x'.repeat(200));
            costs.trackAIInference(4_000, 300);
            costs.trackAIInference(4_000, 300);
          }
          costs.trackCallDuration(OUT);
          expect(costs.finalize().total_cost_cents).toBeLessThanOrEqual(capCents);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('judges in less than 0.2 ms', () => {
    const spending = {
      retailMicroCents: 100n * MICRO_CENTS_PER_CENT,
      telephony: { sku: 'telephony.outbound.ms' as const, units: 61_000n },
      elapsedMs: 61_000,
      largestPromptTokens: 2_000,
    };
    const beganAt = performance.now();
    for (let i = 0; i < 1_000; i++) judgeBudget(spending, DEFAULT_TERMS);
    expect((performance.now() - beganAt) / 1_000).toBeLessThan(0.2);
  });
});
