import { type Histogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { LAG_PERCENTILE, LAG_RESOLUTION_MS } from './tunables.ts';

const NANOSECONDS_PER_MS = 1e6;

/** By how much the event loop of this process is late. */
export class LoopLag {
  readonly #histogram: Histogram;
  readonly #stop: () => void;
  readonly #mostMs: number;
  #lastMs = 0;

  /**
   * @param mostMs later than this, the process takes no new calls; 0 for never.
   * @param samples of delays in nanoseconds, the resolution included.
   */
  constructor(mostMs: number, samples: Histogram, stop: () => void) {
    this.#mostMs = mostMs;
    this.#histogram = samples;
    this.#stop = stop;
  }

  static ofThisProcess(mostMs: number): LoopLag {
    const monitor = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
    monitor.enable();
    return new LoopLag(mostMs, monitor, () => monitor.disable());
  }

  /** Takes what was seen since the last time. */
  sample(): number {
    const { count } = this.#histogram;
    const late = this.#histogram.percentile(LAG_PERCENTILE) / NANOSECONDS_PER_MS - LAG_RESOLUTION_MS;
    this.#lastMs = count === 0 ? 0 : Math.max(0, Math.round(late));
    this.#histogram.reset();
    return this.#lastMs;
  }

  get lastMs(): number {
    return this.#lastMs;
  }

  /** Whether another call would be carried in time. */
  get hasRoom(): boolean {
    return this.#mostMs === 0 || this.#lastMs <= this.#mostMs;
  }

  close(): void {
    this.#stop();
  }
}
