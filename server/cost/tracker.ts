import type { Clock } from '../clock.ts';
import { type Bill, billOf, type SkuTotal } from './bill.ts';
import { breakdownOf, type CurrentTotal, type FinalCost } from './breakdown.ts';
import { type BudgetState, judgeBudget, type Spending } from './budget.ts';
import type { CostEvent, SavedCostEvent } from './cost-event.ts';
import type { MicroCents } from './money.ts';
import { cumulativeAmount, priceOf, type RateCard } from './rate-card.ts';
import { SKUS, type Sku } from './skus.ts';
import type { CallTerms } from './terms.ts';
import type { Usage, UsageVendor } from './usage.ts';

export interface CallCostTrackerParts {
  callId: string;
  /** What the call's costs are reckoned by, or how `initialize` finds out. */
  terms: CallTerms | (() => Promise<CallTerms>);
  clock: Clock;
}

/**
 * The running bill of one call, in memory: recording a usage is arithmetic and never waits.
 * The amount of a sku is priced on its cumulative units, and each event stores the difference it makes,
 * so that rounding never adds up and a started minute is billed once.
 */
export class CallCostTracker {
  readonly callId: string;
  readonly #parts: CallCostTrackerParts;
  #terms: CallTerms | null = null;
  readonly #totals = new Map<Sku, SkuTotal>();
  /** What the vendors charge depends on which of them it was. */
  readonly #vendorUnits = new Map<string, bigint>();
  #vendorMicroCents: MicroCents = 0n;
  #retailMicroCents: MicroCents = 0n;
  /** Units already counted for each act, so that the truth can replace an upper bound and a repeat counts nothing. */
  readonly #acts = new Map<string, { units: bigint; reports: number; outcome: Usage['outcome'] }>();
  #pending: CostEvent[] = [];
  #nextSeq = 0;
  #references = 0;
  #frozen: Bill | null = null;
  #answeredAtMs: number | null = null;
  #largestPromptTokens = 0;
  #warned = false;

  constructor(parts: CallCostTrackerParts) {
    this.callId = parts.callId;
    this.#parts = parts;
    if (typeof parts.terms !== 'function') this.#terms = parts.terms;
  }

  /** Loads the call's terms, where they were not given. Nothing can be tracked before. */
  async initialize(): Promise<void> {
    if (typeof this.#parts.terms === 'function') this.#terms = await this.#parts.terms();
  }

  get terms(): CallTerms {
    if (this.#terms === null)
      throw new Error(`the costs of call ${this.callId} were tracked before initialize()`);
    return this.#terms;
  }

  /** Counts an act, or corrects what was counted for it before. After the freeze only the vendors' side changes. */
  record(usage: Usage): void {
    const { vendor, sku } = usage;
    const key = `${vendor}/${sku}/${usage.reference}`;
    const act = this.#acts.get(key);
    const units = BigInt(Math.max(0, Math.ceil(usage.units)));
    const change = units - (act?.units ?? 0n);
    if (act !== undefined && change === 0n && act.outcome === usage.outcome) return;
    const reports = (act?.reports ?? 0) + 1;
    if (sku === 'llm.input.tokens')
      this.#largestPromptTokens = Math.max(this.#largestPromptTokens, Number(units));
    this.#acts.set(key, { units, reports, outcome: usage.outcome });
    this.#pending.push({
      seq: this.#nextSeq,
      type: SKUS[sku].type,
      vendor,
      sku,
      units: change,
      retailMicroCents: this.#frozen === null ? this.#addRetail(usage, change, act === undefined) : 0n,
      vendorMicroCents: this.#addVendor(vendor, sku, change),
      retailCard: this.terms.cards.retail.id,
      vendorCard: this.#vendorCard().id,
      vendorReference: reports === 1 ? usage.reference : `${usage.reference}#${reports}`,
      outcome: usage.outcome,
      reason: usage.reason ?? null,
      at: new Date(this.#parts.clock.wallMs()),
    });
    this.#nextSeq += 1;
  }

  #addRetail(usage: Usage, change: bigint, isNew: boolean): MicroCents {
    const { vendor, sku, reason } = usage;
    const total = this.#totals.get(sku) ?? { units: 0n, requests: 0, retail: 0n, fallbackReason: null };
    const units = total.units + change;
    const retail = cumulativeAmount(priceOf(this.terms.cards.retail, vendor, sku), units);
    this.#totals.set(sku, {
      units,
      requests: total.requests + (isNew ? 1 : 0),
      retail,
      fallbackReason: reason?.startsWith('fallback') ? reason : total.fallbackReason,
    });
    this.#retailMicroCents += retail - total.retail;
    return retail - total.retail;
  }

  #addVendor(vendor: UsageVendor, sku: Sku, change: bigint): MicroCents {
    const card = this.#vendorCard();
    const key = `${card.id}/${vendor}/${sku}`;
    const before = this.#vendorUnits.get(key) ?? 0n;
    const price = priceOf(card, vendor, sku);
    const difference = cumulativeAmount(price, before + change) - cumulativeAmount(price, before);
    this.#vendorUnits.set(key, before + change);
    this.#vendorMicroCents += difference;
    return difference;
  }

  /** The vendors' list that is in force now. */
  #vendorCard(): RateCard {
    const { vendor, upcomingVendor = [] } = this.terms.cards;
    const nowMs = this.#parts.clock.wallMs();
    return upcomingVendor.findLast(({ fromMs }) => fromMs <= nowMs)?.card ?? vendor;
  }

  /** Takes up a call that another process tracked: what it saved counts as recorded, and as saved. */
  restore(events: readonly SavedCostEvent[]): void {
    for (const event of events) {
      const { seq, vendor, sku, units, retailMicroCents, vendorMicroCents, vendorReference, vendorCard } =
        event;
      const key = `${vendor}/${sku}/${vendorReference.replace(/#\d+$/, '')}`;
      const act = this.#acts.get(key);
      this.#acts.set(key, {
        units: (act?.units ?? 0n) + units,
        reports: (act?.reports ?? 0) + 1,
        outcome: 'estimated',
      });
      const total = this.#totals.get(sku) ?? { units: 0n, requests: 0, retail: 0n, fallbackReason: null };
      this.#totals.set(sku, {
        ...total,
        units: total.units + units,
        requests: total.requests + (act === undefined ? 1 : 0),
        retail: total.retail + retailMicroCents,
      });
      this.#retailMicroCents += retailMicroCents;
      const vendorKey = `${vendorCard}/${vendor}/${sku}`;
      this.#vendorUnits.set(vendorKey, (this.#vendorUnits.get(vendorKey) ?? 0n) + units);
      this.#vendorMicroCents += vendorMicroCents;
      this.#nextSeq = Math.max(this.#nextSeq, seq + 1);
    }
  }

  /** Characters handed to text-to-speech; counted whether they are heard or not. */
  trackTTS(text: string, reference = this.#reference('tts')): void {
    this.record({
      vendor: 'cartesia',
      sku: 'tts.characters',
      units: text.length,
      reference,
      outcome: 'complete',
    });
  }

  trackAIInference(
    inputTokens: number,
    outputTokens: number,
    vendor: 'cerebras' | 'openai' = 'cerebras',
    reference = this.#reference('llm'),
  ): void {
    this.record({ vendor, sku: 'llm.input.tokens', units: inputTokens, reference, outcome: 'complete' });
    this.record({ vendor, sku: 'llm.output.tokens', units: outputTokens, reference, outcome: 'complete' });
  }

  /** @param audioSeconds may be a fraction; milliseconds are counted, so that short pieces are not rounded up. */
  trackSTT(audioSeconds: number, reference = this.#reference('stt')): void {
    const units = Math.round(audioSeconds * 1_000);
    this.record({ vendor: 'deepgram', sku: 'stt.ms', units, reference, outcome: 'complete' });
  }

  /**
   * The carrier's time. It bills each started minute, so a minute is counted when it starts.
   * @param durationMs since the answer; without it, as measured from the first call of this function.
   */
  trackCallDuration(options: {
    direction: 'outbound' | 'inbound';
    carrierSid: string;
    durationMs?: number;
    outcome?: 'estimated' | 'complete';
  }): void {
    const now = this.#parts.clock.nowMs();
    this.#answeredAtMs ??= now;
    const time = {
      vendor: 'twilio',
      units: options.durationMs ?? now - this.#answeredAtMs + 1,
      reference: options.carrierSid,
      outcome: options.outcome ?? 'estimated',
    } as const;
    this.record({ ...time, sku: `telephony.${options.direction}.ms` });
    this.record({ ...time, sku: 'media.stream.ms' });
  }

  trackMemoryOperation(reference = this.#reference('memory')): void {
    this.record({ vendor: 'ringback', sku: 'memory.operations', units: 1, reference, outcome: 'complete' });
  }

  trackSms(segments: number, messageSid: string): void {
    this.record({
      vendor: 'twilio',
      sku: 'sms.segments',
      units: segments,
      reference: messageSid,
      outcome: 'complete',
    });
  }

  trackMachineDetection(carrierSid: string): void {
    this.record({
      vendor: 'twilio',
      sku: 'amd.checks',
      units: 1,
      reference: carrierSid,
      outcome: 'complete',
    });
  }

  /** While it goes on, an upper bound. */
  trackRecording(
    durationMs: number,
    recordingSid: string,
    outcome: 'estimated' | 'complete' = 'complete',
  ): void {
    this.record({
      vendor: 'twilio',
      sku: 'recording.ms',
      units: durationMs,
      reference: recordingSid,
      outcome,
    });
  }

  /** The bill as it stands: what the payer would pay if the call ended now. */
  bill(): Bill {
    const { feePolicy } = this.terms;
    if (this.#frozen !== null) return { ...this.#frozen, vendorMicroCents: this.#vendorMicroCents };
    return billOf(this.#totals, this.#vendorMicroCents, feePolicy);
  }

  /** The same in the customer's shape: totals in cents, the breakdown in dollars. */
  getCurrentTotal(): CurrentTotal {
    return { total_cents: this.bill().totalCostCents, breakdown: breakdownOf(this.#totals) };
  }

  /** What the budget says about the call now; `warn` is told once. */
  checkBudgetWarnings(): BudgetState {
    const state = judgeBudget(this.#spending(), this.terms);
    if (state.level !== 'warn') return state;
    if (this.#warned) return { ...state, level: 'fine' };
    this.#warned = true;
    return state;
  }

  /** Freezes the payer's bill. Later events change only the vendors' cost and the margin. */
  finalize(): FinalCost {
    this.#frozen ??= this.bill();
    const { subtotalCents, stripeFeeCents, totalCostCents } = this.#frozen;
    return {
      subtotal_cents: subtotalCents,
      stripe_fee_cents: stripeFeeCents,
      total_cost_cents: totalCostCents,
    };
  }

  /** Events that have not been saved yet, oldest first. They stay until `saved` names how many were. */
  unsaved(): readonly CostEvent[] {
    return this.#pending;
  }

  saved(count: number): void {
    this.#pending = this.#pending.slice(count);
  }

  #spending(): Spending {
    return {
      retailMicroCents: this.#retailMicroCents,
      telephony: ['telephony.outbound.ms' as const, 'telephony.inbound.ms' as const]
        .map((sku) => ({ sku, units: this.#totals.get(sku)?.units ?? 0n }))
        .find(({ units }) => units > 0n) ?? { sku: 'telephony.outbound.ms', units: 0n },
      largestPromptTokens: this.#largestPromptTokens,
      elapsedMs: this.#answeredAtMs === null ? 0 : this.#parts.clock.nowMs() - this.#answeredAtMs,
    };
  }

  /** For acts whose vendor gave no name; unique within the call. */
  #reference(kind: string): string {
    this.#references += 1;
    return `${kind}-${this.#references}`;
  }
}
