import type { Clock } from '../clock.ts';

/** Looks at callers within a second, over all numbers, and at one number within a minute. */
const LOOKS_PER_SECOND = 30;
const CALLS_PER_NUMBER = 5;
const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

/**
 * Keeps a flood of calls away from everything behind it, the database included: a caller too many is rejected at no
 * cost. In each instance by itself, and forgotten every minute.
 */
export class FloodGuard {
  readonly #clock: Clock;
  #secondBegan = Number.NEGATIVE_INFINITY;
  #looks = 0;
  #minuteBegan = Number.NEGATIVE_INFINITY;
  readonly #callsFrom = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True when this call may be looked at. */
  admits(from: string): boolean {
    const now = this.#clock.nowMs();
    if (now - this.#secondBegan >= SECOND_MS) {
      this.#secondBegan = now;
      this.#looks = 0;
    }
    if (now - this.#minuteBegan >= MINUTE_MS) {
      this.#minuteBegan = now;
      this.#callsFrom.clear();
    }
    const before = this.#callsFrom.get(from) ?? 0;
    if (before >= CALLS_PER_NUMBER || this.#looks >= LOOKS_PER_SECOND) return false;
    this.#callsFrom.set(from, before + 1);
    this.#looks += 1;
    return true;
  }
}
