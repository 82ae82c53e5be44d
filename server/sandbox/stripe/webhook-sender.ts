import { createHmac, randomBytes } from 'node:crypto';
import type { Faults } from '../faults.ts';
import type { Journal } from '../journal.ts';
import type { StripeLedger } from './ledger.ts';
import type { StripeEvent, WebhookEndpoint } from './objects.ts';

const TIMEOUT_MS = 10_000;
/** Stripe tries again for days; here a few times soon. */
const RETRY_AFTER_MS = [500, 2_000, 8_000];

/** Sends events to the endpoints, signed; at least once, in no order that can be relied upon. */
export class WebhookSender {
  readonly #ledger: StripeLedger;
  readonly #faults: Faults;
  readonly #journal: Journal;
  readonly endpoints = new Map<string, WebhookEndpoint>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #held: StripeEvent | null = null;
  #closed = false;

  constructor(ledger: StripeLedger, faults: Faults, journal: Journal) {
    this.#ledger = ledger;
    this.#faults = faults;
    this.#journal = journal;
  }

  add(url: string, enabledEvents: string[]): WebhookEndpoint {
    const endpoint: WebhookEndpoint = {
      object: 'webhook_endpoint',
      id: this.#ledger.newId('we'),
      url,
      secret: `whsec_${randomBytes(16).toString('hex')}`,
      enabled_events: enabledEvents,
    };
    this.endpoints.set(endpoint.id, endpoint);
    return endpoint;
  }

  /** An event happened. Faults decide whether it is told once, twice, late, out of order or not at all. */
  onEvent(event: StripeEvent): void {
    const fault = this.#faults.take('stripe', [
      'webhooks-lost',
      'webhooks-doubled',
      'webhooks-late',
      'webhooks-reordered',
    ]);
    switch (fault?.kind) {
      case 'webhooks-lost':
        return this.#journal.note('stripe', 'webhook-lost', { id: event.id, type: event.type });
      case 'webhooks-doubled':
        this.#send(event);
        return this.#send(event);
      case 'webhooks-late':
        return this.#later(fault.delayMs, () => this.#send(event));
      case 'webhooks-reordered': {
        if (this.#held !== null) return this.#send(event);
        this.#held = event;
        return this.#later(fault.delayMs, () => this.#release());
      }
      default:
        this.#send(event);
        return this.#release();
    }
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #release(): void {
    const held = this.#held;
    this.#held = null;
    if (held !== null) this.#send(held);
  }

  #send(event: StripeEvent): void {
    for (const endpoint of this.endpoints.values())
      if (endpoint.enabled_events.includes('*') || endpoint.enabled_events.includes(event.type))
        void this.#deliver(endpoint, event, 0);
  }

  async #deliver(endpoint: WebhookEndpoint, event: StripeEvent, attempt: number): Promise<void> {
    if (this.#closed) return;
    const body = JSON.stringify(event, null, 2);
    const at = Math.floor(Date.now() / 1_000);
    const mac = createHmac('sha256', endpoint.secret).update(`${at}.${body}`).digest('hex');
    let status: number | string;
    try {
      const response = await fetch(endpoint.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'stripe-signature': `t=${at},v1=${mac}`,
          'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
        },
        body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      status = response.status;
      await response.body?.cancel();
    } catch (error) {
      status = error instanceof Error ? error.message : String(error);
    }
    this.#journal.note('stripe', 'webhook', { id: event.id, type: event.type, status, attempt });
    const known = this.#ledger.events.find(({ id }) => id === event.id);
    if (typeof status === 'number' && status >= 200 && status < 300) {
      if (known !== undefined) known.delivered = true;
      return;
    }
    const delay = RETRY_AFTER_MS[attempt];
    if (delay !== undefined) this.#later(delay, () => void this.#deliver(endpoint, event, attempt + 1));
  }

  #later(delayMs: number, task: () => void): void {
    if (this.#closed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      task();
    }, delayMs);
    timer.unref();
    this.#timers.add(timer);
  }
}
