import Stripe from 'stripe';
import { RingbackError } from '../errors.ts';
import { wholeCents } from './stripe-account.ts';
import { idOf } from './stripe-answers.ts';

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

/** Stripe's Checkout: the pages on which payers type their card. Card data never comes to us. */
export class StripePages {
  readonly #stripe: Stripe;

  constructor(stripe: Stripe) {
    this.#stripe = stripe;
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

  /** A page of Stripe's on which the payer leaves a card for calls within their mandate. */
  async createSetup(request: {
    mandateId: string;
    customerId: string;
    returnUrl: string;
    /** The page that this one replaces, because it was left until it ran out. */
    replaces: string | null;
  }): Promise<{ sessionId: string; url: string }> {
    const metadata = { mandate_id: request.mandateId };
    const session = await this.#stripe.checkout.sessions.create(
      {
        mode: 'setup',
        currency: 'usd',
        customer: request.customerId,
        success_url: request.returnUrl,
        cancel_url: request.returnUrl,
        metadata,
        setup_intent_data: { metadata },
      },
      { idempotencyKey: `setup:${request.mandateId}:${request.replaces ?? 'first'}` },
    );
    if (session.url === null) throw new Error('Stripe made a page without an address');
    return { sessionId: session.id, url: session.url };
  }

  /** What became of such a page: whether it can still be used, and the card that was left on it. */
  async readSetup(
    sessionId: string,
  ): Promise<{ isOpen: boolean; customerId: string | null; paymentMethodId: string | null }> {
    const session = await this.#stripe.checkout.sessions.retrieve(sessionId);
    const setupId = idOf(session.setup_intent);
    const setup = setupId === null ? null : await this.#stripe.setupIntents.retrieve(setupId);
    return {
      isOpen: session.status === 'open',
      customerId: idOf(session.customer),
      paymentMethodId: setup?.status === 'succeeded' ? idOf(setup.payment_method) : null,
    };
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
