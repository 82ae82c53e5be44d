import net from 'node:net';
import type { Clock } from '../clock.ts';
import { FAILURES_TO_BE_DOWN, FORGIVEN_AFTER_MS, PROBE_TIMEOUT_MS, PROBES_TO_BE_DOWN } from './tunables.ts';

/** A vendor, where it is reached, and whether another one stands in when it is not. */
export interface WatchedVendor {
  name: string;
  url: string;
  hasFallback: boolean;
  /** Whether it is left alone for a while, after failing; null where nothing decides that. */
  breakerOpen: (() => boolean) | null;
}

interface State {
  failedProbes: number;
  failures: number;
  lastFailureAt: number;
}

/** Whether the vendors can be reached: asked by connecting to them, and told by the calls that use them. */
export class VendorWatch {
  readonly #vendors: readonly WatchedVendor[];
  readonly #clock: Clock;
  readonly #states = new Map<string, State>();

  constructor(vendors: readonly WatchedVendor[], clock: Clock) {
    this.#vendors = vendors;
    this.#clock = clock;
    for (const { name } of vendors)
      this.#states.set(name, { failedProbes: 0, failures: 0, lastFailureAt: Number.NEGATIVE_INFINITY });
  }

  /** Connects to each of them, all at once. Never rejects. */
  async probe(): Promise<void> {
    await Promise.all(
      this.#vendors.map(async ({ name, url }) => {
        const state = this.#stateOf(name);
        state.failedProbes = (await connects(url)) ? 0 : state.failedProbes + 1;
      }),
    );
  }

  /** A call used it. */
  used(name: string, succeeded: boolean): void {
    const state = this.#stateOf(name);
    state.failures = succeeded ? 0 : state.failures + 1;
    if (!succeeded) state.lastFailureAt = this.#clock.nowMs();
  }

  get names(): string[] {
    return this.#vendors.map(({ name }) => name);
  }

  isBreakerOpen(name: string): boolean {
    return this.#vendors.find((vendor) => vendor.name === name)?.breakerOpen?.() === true;
  }

  /** Those that cannot be used at present, whoever stands in for them. */
  get down(): string[] {
    return this.names.filter((name) => this.#isDown(name));
  }

  /** Those without which no call can be held. */
  get missing(): string[] {
    return this.#vendors
      .filter(({ name, hasFallback }) => !hasFallback && this.#isDown(name))
      .map(({ name }) => name);
  }

  #isDown(name: string): boolean {
    const { failedProbes, failures, lastFailureAt } = this.#stateOf(name);
    const isFresh = this.#clock.nowMs() - lastFailureAt < FORGIVEN_AFTER_MS;
    return (
      failedProbes >= PROBES_TO_BE_DOWN ||
      (failures >= FAILURES_TO_BE_DOWN && isFresh) ||
      this.isBreakerOpen(name)
    );
  }

  #stateOf(name: string): State {
    const state = this.#states.get(name);
    if (state === undefined) throw new Error(`nobody watches a vendor called ${name}`);
    return state;
  }
}

/** Only the connection: a request would cost something at some vendors, and say little more. */
function connects(url: string): Promise<boolean> {
  const { hostname, port, protocol } = new URL(url);
  return new Promise((done) => {
    const socket = net.connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
      timeout: PROBE_TIMEOUT_MS,
    });
    const end = (isThere: boolean) => {
      socket.destroy();
      done(isThere);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
