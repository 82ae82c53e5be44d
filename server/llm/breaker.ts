import type { Clock } from '../clock.ts';
import type { HedgeTunables } from './limits.ts';

/** Whether a model is to be asked: as usual, not at all, or once, beside another, to see whether it is back. */
export type Admission = 'ask' | 'skip' | 'probe';

/** Keeps turns from waiting for a model that is known to be down. Shared by all calls. */
export class Breaker {
  readonly #clock: Clock;
  readonly #tunables: HedgeTunables;
  #failures = 0;
  #openUntil: number | null = null;
  #openForMs = 0;
  #probing = false;

  constructor(clock: Clock, tunables: HedgeTunables) {
    this.#clock = clock;
    this.#tunables = tunables;
  }

  /** Whether it is left alone at present. */
  get isOpen(): boolean {
    return this.#openUntil !== null;
  }

  admit(): Admission {
    if (this.#openUntil === null) return 'ask';
    if (this.#probing || this.#clock.nowMs() < this.#openUntil) return 'skip';
    this.#probing = true;
    return 'probe';
  }

  succeeded(): void {
    this.#failures = 0;
    this.#openUntil = null;
    this.#openForMs = 0;
    this.#probing = false;
  }

  failed(): void {
    this.#failures += 1;
    this.#probing = false;
    if (this.#failures < this.#tunables.failuresToOpen) return;
    const { probeAfterMs, probeAtMostMs } = this.#tunables;
    this.#openForMs = Math.min(probeAtMostMs, this.#openForMs === 0 ? probeAfterMs : this.#openForMs * 2);
    this.#openUntil = this.#clock.nowMs() + this.#openForMs;
  }

  /** The request told nothing: it was cancelled before it could succeed or fail. */
  undecided(): void {
    this.#probing = false;
  }
}
