import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';

/** The customer's settings; by default five payloads within 300 s that could not be read. */
export interface AnomalySettings {
  enabled: boolean;
  failures: number;
  windowSeconds: number;
  /** Whether it is told when an unreadable payload could not be kept. */
  tellsLostQuarantine: boolean;
}

/** Tells when unreadable payloads come in numbers: then their format has changed, or somebody is trying things. */
export class FailureWatch {
  readonly #wallMs: () => number;
  readonly #log: Logger;
  readonly #settings: AnomalySettings;
  #failures: number[] = [];

  constructor(settings: AnomalySettings, wallMs: () => number, log: Logger) {
    this.#settings = settings;
    this.#wallMs = wallMs;
    this.#log = log;
  }

  /** Counts a failure and waits until what failed is kept; that it could not be kept is told too. */
  async note(keeping: Promise<unknown>): Promise<void> {
    const { enabled, failures, windowSeconds, tellsLostQuarantine } = this.#settings;
    const now = this.#wallMs();
    this.#failures = [...this.#failures.filter((at) => now - at < windowSeconds * 1_000), now];
    if (enabled && this.#failures.length === failures)
      this.#log.error({ failures, seconds: windowSeconds }, 'webhook payloads cannot be read');
    await keeping.catch((error: unknown) =>
      this.#log[tellsLostQuarantine ? 'error' : 'warn'](
        { problem: describeError(error) },
        'an unreadable payload could not be kept',
      ),
    );
  }
}
