import Stripe from 'stripe';
import { RingbackError } from '../errors.ts';
import {
  failureOf,
  type IntentView,
  idOf,
  type Outcome,
  type RefundOutcome,
  viewOf,
} from './stripe-answers.ts';

/** The version of Stripe's API that this code was written against; a newer SDK must not change it silently. */
const API_VERSION = '2026-10-28.endive';
/** By default 80 s and two retries: a capture that hangs would block settlement for four minutes. */
const TIMEOUT_MS = 15_000;

export interface CheckoutRequest {
  holdId: string;
  callId: string;
  customerId: string;
  amountCents: number;
  name: string;
  savesCard: boolean;
  statusUrl: string;
  payUrl: string;
  expiresAt: Date;
}

const EXPAND = ['latest_charge.balance_transaction'];

/** Stripe, as far as holds need it. The only place that knows its SDK. */
export class StripeGateway {
  readonly #stripe: Stripe;

  constructor(options: { apiKey: string; baseUrl: string | undefined }) {
    const url = options.baseUrl === undefined ? null : new URL(options.baseUrl);
    this.#stripe = new Stripe(options.apiKey, {
      apiVersion: API_VERSION,
      timeout: TIMEOUT_MS,
      maxNetworkRetries: 0, // settlement asks what happened before it asks again
      telemetry: false,
      ...(url === null
        ? {}
        : {
            host: url.hostname,
            port: Number(url.port || (url.protocol === 'http:' ? 80 : 443)),
            protocol: url.protocol === 'http:' ? 'http' : 'https',
          }),
    });
  }

  async createCustomer(payerId: string, name: string): Promise<string> {
    const customer = await this.#stripe.customers.create(
      { name, metadata: { payer_id: payerId } },
      { idempotencyKey: `customer:${payerId}` },
    );
    return customer.id;
  }

  /** A page of Stripe's on which the payer has the amount held. The same hold always gets the same page. */
  async createCheckout(request: CheckoutRequest): Promise<{ sessionId: string; url: string }> {
    const metadata = { hold_id: request.holdId, call_id: request.callId };
    const session = await this.#stripe.checkout.sessions
      .create(
        {
          mode: 'payment',
          customer: request.customerId,
          client_reference_id: request.callId,
          success_url: request.statusUrl,
          cancel_url: request.payUrl,
          expires_at: Math.floor(request.expiresAt.getTime() / 1_000),
          metadata,
          line_items: [
            {
              quantity: 1,
              price_data: {
                currency: 'usd',
                unit_amount: wholeCents(request.amountCents),
                product_data: { name: request.name },
              },
            },
          ],
          payment_intent_data: {
            capture_method: 'manual',
            metadata,
            ...(request.savesCard ? { setup_future_usage: 'off_session' as const } : {}),
          },
        },
        { idempotencyKey: `checkout:${request.holdId}` },
      )
      .catch((error: unknown) => {
        throw error instanceof Stripe.errors.StripeAPIError ? checkoutFailed(request.callId, error) : error;
      });
    if (session.url === null)
      throw new RingbackError('checkout_over', 'This checkout is over.', {
        remedy: 'Ask for a new link.',
        callId: request.callId,
      });
    return { sessionId: session.id, url: session.url };
  }

  /** Closes a checkout page. Returns the intent that somebody began to pay on it, if there is one. */
  async closeCheckout(sessionId: string): Promise<string | null> {
    const session = await this.#stripe.checkout.sessions.retrieve(sessionId);
    if (session.status === 'open') await this.#stripe.checkout.sessions.expire(sessionId);
    return idOf(session.payment_intent);
  }

  /** Holds an amount on a card that the payer left, without them. */
  holdOffSession(hold: {
    holdId: string;
    callId: string;
    attempt: number;
    customerId: string;
    paymentMethodId: string;
    amountCents: number;
  }): Promise<Outcome> {
    return this.#try(() =>
      this.#stripe.paymentIntents.create(
        {
          amount: wholeCents(hold.amountCents),
          currency: 'usd',
          customer: hold.customerId,
          payment_method: hold.paymentMethodId,
          capture_method: 'manual',
          automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
          confirm: true,
          off_session: true,
          metadata: { hold_id: hold.holdId, call_id: hold.callId },
          expand: EXPAND,
        },
        { idempotencyKey: `hold:${hold.callId}:${hold.attempt}` },
      ),
    );
  }

  async readIntent(intentId: string): Promise<IntentView> {
    return viewOf(await this.#stripe.paymentIntents.retrieve(intentId, { expand: EXPAND }));
  }

  /** @param key the same for the same attempt, another one only when the last attempt is known to have failed. */
  capture(intentId: string, amountCents: number, key: string): Promise<Outcome> {
    return this.#try(() =>
      this.#stripe.paymentIntents.capture(
        intentId,
        { amount_to_capture: wholeCents(amountCents), expand: EXPAND },
        { idempotencyKey: key },
      ),
    );
  }

  cancel(intentId: string, key: string): Promise<Outcome> {
    return this.#try(() =>
      this.#stripe.paymentIntents.cancel(intentId, { expand: EXPAND }, { idempotencyKey: key }),
    );
  }

  /** Stripe's id of a refund that we named, when it has made it. */
  async findRefund(intentId: string, refundId: string): Promise<string | null> {
    for await (const refund of this.#stripe.refunds.list({ payment_intent: intentId, limit: 100 }))
      if (refund.metadata?.refund_id === refundId) return refund.id;
    return null;
  }

  async refund(refund: {
    intentId: string;
    amountCents: number;
    refundId: string;
    attempt: number;
  }): Promise<RefundOutcome> {
    try {
      const { id } = await this.#stripe.refunds.create(
        {
          payment_intent: refund.intentId,
          amount: wholeCents(refund.amountCents),
          metadata: { refund_id: refund.refundId },
        },
        { idempotencyKey: `refund:${refund.refundId}:${refund.attempt}` },
      );
      return { kind: 'done', stripeRefundId: id };
    } catch (error) {
      return failureOf(error);
    }
  }

  /** Every intent that was made since then, newest first. */
  async *intentsSince(since: Date): AsyncGenerator<IntentView> {
    const created = { gte: Math.floor(since.getTime() / 1_000) };
    for await (const intent of this.#stripe.paymentIntents.list({ created, limit: 100 }))
      yield viewOf(intent);
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

  async #try(request: () => Promise<Stripe.PaymentIntent>): Promise<Outcome> {
    try {
      return { kind: 'done', intent: viewOf(await request()) };
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind !== 'refused') return failure;
      const intent = (error as Stripe.errors.StripeError).payment_intent;
      return { ...failure, intent: intent === undefined ? null : viewOf(intent) };
    }
  }
}

/** Stripe remembers its own failure under the key: asked again, another one is needed. */
function checkoutFailed(callId: string, cause: unknown): RingbackError {
  return new RingbackError('checkout_failed', 'The payment service did not answer.', {
    remedy: 'Nothing was charged. Go back and press the button again; pressing twice never pays twice.',
    callId,
    cause,
  });
}

/** An event of Stripe without its contents: what is told in it may be old. */
export interface StripeNotice {
  id: string;
  type: string;
  /** The payment intent it is about; null for other things. */
  intentId: string | null;
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
  'checkout.session.completed',
  'checkout.session.expired',
] as const;

function noticeOf(event: Stripe.Event): StripeNotice {
  const object = event.data.object as { id?: string; object?: string; payment_intent?: unknown };
  const intentId = object.object === 'payment_intent' ? (object.id ?? null) : idOf(object.payment_intent);
  return { id: event.id, type: event.type, intentId };
}

/** The SDK sends fractions as they are. */
function wholeCents(cents: number): number {
  if (!Number.isSafeInteger(cents) || cents <= 0)
    throw new Error(`${cents} is not a whole, positive number of cents`);
  return cents;
}
