import type Stripe from 'stripe';
import { API_VERSION } from './stripe-account.ts';
import { idOf } from './stripe-answers.ts';

/** What Stripe tells by itself: by webhook, and on request what it could not deliver. */
export class StripeEvents {
  readonly #stripe: Stripe;

  constructor(stripe: Stripe) {
    this.#stripe = stripe;
  }

  /** Events that Stripe could not deliver. */
  async *undeliveredEvents(since: Date): AsyncGenerator<StripeNotice> {
    const created = { gte: Math.floor(since.getTime() / 1_000) };
    for await (const event of this.#stripe.events.list({ created, delivery_success: false, limit: 100 }))
      yield noticeOf(event);
  }

  /** Asks Stripe to send events to us; returns the secret that they are signed with. For stand-ins and first set-ups. */
  async registerWebhook(url: string): Promise<string> {
    const endpoint = await this.#stripe.webhookEndpoints.create({
      url,
      enabled_events: [...EVENT_TYPES],
      api_version: API_VERSION,
    });
    if (endpoint.secret === undefined) throw new Error('Stripe told no secret for the webhook');
    return endpoint.secret;
  }

  /** Checks the signature over the raw body. @throws Error when it is not Stripe's, or too old. */
  readWebhook(rawBody: Buffer, signature: string, secret: string): StripeNotice {
    return noticeOf(this.#stripe.webhooks.constructEvent(rawBody, signature, secret));
  }
}

/** An event of Stripe without its contents: what is told in it may be old. */
export interface StripeNotice {
  id: string;
  type: string;
  /** The payment intent it is about; null for other things. */
  intentId: string | null;
  /** The page on which a card was left; null for other things. */
  setupSessionId: string | null;
  /** Null for other things. */
  disputeId: string | null;
}

export const EVENT_TYPES = [
  'payment_intent.amount_capturable_updated',
  'payment_intent.requires_action',
  'payment_intent.payment_failed',
  'payment_intent.succeeded',
  'payment_intent.canceled',
  'charge.captured',
  'charge.updated',
  'charge.expired',
  'charge.refunded',
  'charge.dispute.created',
  'charge.dispute.updated',
  'charge.dispute.closed',
  'radar.early_fraud_warning.created',
  'refund.created',
  'refund.updated',
  'refund.failed',
  'checkout.session.completed',
  'checkout.session.expired',
] as const;

function noticeOf(event: Stripe.Event): StripeNotice {
  const object = event.data.object as {
    id?: string;
    object?: string;
    mode?: string;
    payment_intent?: unknown;
  };
  const intentId = object.object === 'payment_intent' ? (object.id ?? null) : idOf(object.payment_intent);
  const isSetup = object.object === 'checkout.session' && object.mode === 'setup';
  const id = object.id ?? null;
  return {
    id: event.id,
    type: event.type,
    intentId,
    setupSessionId: isSetup ? id : null,
    disputeId: object.object === 'dispute' ? id : null,
  };
}
