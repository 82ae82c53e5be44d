import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';

/** The customer's thresholds: five payloads within 300 s that could not be read. */
const THRESHOLD = 5;
const WINDOW_MS = 300_000;

/** Tells when unreadable payloads come in numbers: then their format has changed, or somebody is trying things. */
export class FailureWatch {
  readonly #wallMs: () => number;
  readonly #log: Logger;
  #failures: number[] = [];

  constructor(wallMs: () => number, log: Logger) {
    this.#wallMs = wallMs;
    this.#log = log;
  }

  /** Counts a failure and waits until what failed is kept; that it could not be kept is told too. */
  async note(keeping: Promise<unknown>): Promise<void> {
    const now = this.#wallMs();
    this.#failures = [...this.#failures.filter((at) => now - at < WINDOW_MS), now];
    if (this.#failures.length === THRESHOLD)
      this.#log.error({ failures: THRESHOLD, seconds: WINDOW_MS / 1_000 }, 'webhook payloads cannot be read');
    await keeping.catch((error: unknown) =>
      this.#log.error({ problem: describeError(error) }, 'an unreadable payload could not be kept'),
    );
  }
}
