import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { CallMeter } from '../call/ports.ts';
import type { TurnTimings } from '../call/turn-timings.ts';
import type { HouseFigures } from './house-figures.ts';
import type { LoopLag } from './loop-lag.ts';
import type { VendorWatch } from './vendor-watch.ts';

export interface MetricsParts {
  lag: LoopLag;
  vendors: VendorWatch;
  liveCalls(): number;
  /** Of all instances together. */
  houseFigures(): Promise<HouseFigures>;
}

/** Around what a turn may take: 500 ms is the promise, 2 s is when a caller asks whether somebody is there. */
const STAGE_BUCKETS_S = [0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 5];
const MS_PER_S = 1_000;

/** The stages of a turn, each from one moment to the next; without those that were not seen. */
function stagesOf(timings: TurnTimings): Array<[stage: string, ms: number]> {
  const { lastVoicedAt, endOfTurnAt, committedAt, askedAt, firstTokenAt, firstTextAt, firstAudioAt } =
    timings;
  const spans: Array<[string, number | null, number | null]> = [
    ['end-of-turn', lastVoicedAt, endOfTurnAt],
    ['pause', endOfTurnAt, committedAt],
    ['model', Math.max(askedAt, endOfTurnAt), firstTokenAt],
    ['clause', firstTokenAt, firstTextAt],
    ['voice', firstTextAt, firstAudioAt],
    ['answer', endOfTurnAt, firstAudioAt],
  ];
  return spans.flatMap(([stage, from, to]) =>
    from === null || to === null ? [] : [[stage, Math.max(0, to - from)] as [string, number]],
  );
}

/**
 * What Prometheus reads of this instance at `/metrics`. Figures of the house (`ringback_house_...`) are the same on every
 * instance: take their maximum, not their sum.
 */
export class Metrics implements CallMeter {
  readonly #registry = new Registry();
  readonly #stages: Histogram<'stage'>;
  readonly #wasted: Counter;
  readonly #ended: Counter<'reason'>;

  constructor(parts: MetricsParts) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#stages = new Histogram({
      name: 'ringback_turn_stage_seconds',
      help: 'How long each stage of a turn took; "answer" is from the end of the caller’s turn to the first audio.',
      labelNames: ['stage'],
      buckets: STAGE_BUCKETS_S,
      registers,
    });
    this.#wasted = new Counter({
      name: 'ringback_drafts_wasted_total',
      help: 'Replies drafted before the caller had finished, and thrown away.',
      registers,
    });
    this.#ended = new Counter({
      name: 'ringback_calls_ended_total',
      help: 'Calls that ended here, by reason.',
      labelNames: ['reason'],
      registers,
    });
    this.#addGauges(parts, registers);
    this.#addHouse(parts, registers);
  }

  turn(timings: TurnTimings): void {
    for (const [stage, ms] of stagesOf(timings)) this.#stages.observe({ stage }, ms / MS_PER_S);
    if (timings.wastedDrafts > 0) this.#wasted.inc(timings.wastedDrafts);
  }

  ended(reason: string): void {
    this.#ended.inc({ reason });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** In Prometheus' text format. */
  read(): Promise<string> {
    return this.#registry.metrics();
  }

  #addGauges({ lag, vendors, liveCalls }: MetricsParts, registers: Registry[]): void {
    new Gauge({
      name: 'ringback_live_calls',
      help: 'Calls whose audio flows through this instance.',
      registers,
      collect() {
        this.set(liveCalls());
      },
    });
    new Gauge({
      name: 'ringback_loop_lag_seconds',
      help: 'By how much the event loop was late, 90th percentile of the last two seconds; beyond MAX_LOOP_LAG_MS no new calls are taken.',
      registers,
      collect() {
        this.set(lag.lastMs / MS_PER_S);
      },
    });
    new Gauge({
      name: 'ringback_vendor_up',
      help: '1 where a vendor can be used from here.',
      labelNames: ['vendor'],
      registers,
      collect() {
        const down = new Set(vendors.down);
        for (const vendor of vendors.names) this.set({ vendor }, down.has(vendor) ? 0 : 1);
      },
    });
    new Gauge({
      name: 'ringback_breaker_open',
      help: '1 where a vendor failed so often that it is left alone for a while.',
      labelNames: ['vendor'],
      registers,
      collect() {
        for (const vendor of vendors.names) this.set({ vendor }, vendors.isBreakerOpen(vendor) ? 1 : 0);
      },
    });
  }

  #addHouse({ houseFigures }: MetricsParts, registers: Registry[]): void {
    new Gauge({
      name: 'ringback_house_calls',
      help: 'Calls that are not over, by state.',
      labelNames: ['state'],
      registers,
      async collect() {
        const { calls: byState } = await houseFigures();
        for (const [state, count] of Object.entries(byState)) this.set({ state }, count);
      },
    });
    const figure = (name: string, help: string, read: (figures: HouseFigures) => number | null) =>
      new Gauge({
        name: `ringback_house_${name}`,
        help,
        registers,
        async collect() {
          const value = read(await houseFigures());
          if (value === null) this.remove();
          else this.set(value);
        },
      });
    figure('vendor_cents_24h', 'What vendors charge for the last 24 hours.', (f) => f.vendorCents);
    figure(
      'captured_cents_24h',
      'What payers paid in the last 24 hours, refunds taken off.',
      (f) => f.capturedCents,
    );
    figure('card_fee_cents_24h', 'What Stripe kept of that.', (f) => f.cardFeeCents);
    figure('margin_cents_24h', 'Captured, less card fees and vendors.', (f) => f.marginCents);
    figure(
      'committed_cents_1h',
      'What the calls of the last hour may cost by their caps.',
      (f) => f.committedCents,
    );
    figure(
      'completion_ratio_1h',
      'Of the answered calls of the last hour, how many ended as calls should.',
      (f) => f.completion,
    );
    figure(
      'pick_up_ratio_24h',
      'Of the calls that rang in the last day, how many were picked up.',
      (f) => f.pickUps.share,
    );
    figure(
      'settlements_late',
      'Ended calls whose money has not come to rest for ten minutes.',
      (f) => f.lateSettlements,
    );
    figure('jobs_waiting', 'Jobs that are due.', (f) => f.jobsWaiting);
    figure('alerts_open', 'What a person has to look at.', (f) => f.openAlerts);
    figure('instances', 'Instances that serve.', (f) => f.instances);
  }
}
