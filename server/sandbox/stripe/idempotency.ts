import { StripeError } from './errors.ts';

export interface Answer {
  status: number;
  body: unknown;
}

interface Kept {
  fingerprint: string;
  answer: Answer | null;
  atS: number;
}

/** Stripe keeps a key for at least a day; then it is forgotten, and the same key is a new request. */
const KEPT_S = 86_400;

/** What was answered under which key: a repeat is answered the same, 500s included; other parameters are refused. */
export class IdempotencyStore {
  readonly #kept = new Map<string, Kept>();

  /** The answer of an earlier request with this key, or null when this one is to be executed. */
  begin(key: string, fingerprint: string, nowS: number): Answer | null {
    const kept = this.#kept.get(key);
    if (kept === undefined || nowS - kept.atS >= KEPT_S) {
      this.#kept.set(key, { fingerprint, answer: null, atS: nowS });
      return null;
    }
    if (kept.fingerprint !== fingerprint)
      throw new StripeError(
        400,
        'idempotency_error',
        'Keys for idempotent requests can only be used with the same parameters they were first used with.',
      );
    if (kept.answer === null)
      throw new StripeError(
        409,
        'idempotency_error',
        'There is currently another in-progress request using this key.',
        {
          code: 'idempotency_key_in_use',
        },
      );
    return kept.answer;
  }

  /** The request was executed: this is its answer for good. */
  keep(key: string, answer: Answer): void {
    const kept = this.#kept.get(key);
    if (kept !== undefined) kept.answer = answer;
  }

  /** The request was never executed (refused parameters, a conflict): nothing is remembered. */
  forget(key: string): void {
    this.#kept.delete(key);
  }
}
