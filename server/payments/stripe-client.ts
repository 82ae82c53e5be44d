import type Stripe from 'stripe';
import { wholeCents } from './stripe-account.ts';
import {
  type DisputeView,
  disputeView,
  failureOf,
  type IntentView,
  type Outcome,
  type RefundOutcome,
  type RefundView,
  viewOf,
} from './stripe-answers.ts';

/** Our clock and Stripe's may differ by so much. */
const CLOCK_SKEW_S = 600;

const EXPAND = ['latest_charge.balance_transaction'];

/** Stripe's customers, intents and refunds, as far as holds need them. */
export class StripeGateway {
  readonly #stripe: Stripe;

  constructor(stripe: Stripe) {
    this.#stripe = stripe;
  }

  async createCustomer(payerId: string, name: string): Promise<string> {
    const customer = await this.#stripe.customers.create(
      { name, metadata: { payer_id: payerId } },
      { idempotencyKey: `customer:${payerId}` },
    );
    return customer.id;
  }

  /** Lets go of a card that a payer left. One that is gone already is gone. */
  async detachCard(paymentMethodId: string): Promise<void> {
    try {
      await this.#stripe.paymentMethods.detach(
        paymentMethodId,
        {},
        { idempotencyKey: `detach:${paymentMethodId}` },
      );
    } catch (error) {
      if ((error as { type?: string }).type !== 'StripeInvalidRequestError') throw error;
    }
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
          allowed_payment_method_types: ['card'], // a bank that asks can then be reached by redirect, on the same intent
          confirm: true,
          off_session: true,
          metadata: { hold_id: hold.holdId, call_id: hold.callId },
          expand: EXPAND,
        },
        { idempotencyKey: `hold:${hold.callId}:${hold.attempt}` },
      ),
    );
  }

  /** The payer is there: has their bank ask them where it wants to. Asked twice, it is still one intent and one hold. */
  confirmWithPayer(intentId: string, paymentMethodId: string, returnUrl: string): Promise<Outcome> {
    return this.#try(() =>
      this.#stripe.paymentIntents.confirm(intentId, {
        payment_method: paymentMethodId,
        off_session: false,
        return_url: returnUrl,
        expand: EXPAND,
      }),
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
    return (await this.refundsOf(intentId)).find(({ ourId }) => ourId === refundId)?.id ?? null;
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

  /** Every refund of an intent, whoever made it. */
  async refundsOf(intentId: string): Promise<RefundView[]> {
    const views: RefundView[] = [];
    for await (const refund of this.#stripe.refunds.list({ payment_intent: intentId, limit: 100 }))
      views.push({
        id: refund.id,
        ourId: refund.metadata?.refund_id ?? null,
        amountCents: refund.amount,
        hasFailed: refund.status === 'failed' || refund.status === 'canceled',
      });
    return views;
  }

  async readDispute(disputeId: string): Promise<DisputeView> {
    return disputeView(await this.#stripe.disputes.retrieve(disputeId));
  }

  /** Every dispute that was opened since then, newest first. */
  async *disputesSince(since: Date): AsyncGenerator<DisputeView> {
    const created = { gte: Math.floor(since.getTime() / 1_000) };
    for await (const dispute of this.#stripe.disputes.list({ created, limit: 100 }))
      yield disputeView(dispute);
  }

  /** The intent that was made for a hold, whatever became of the answer. */
  async intentOfHold(holdId: string, customerId: string, since: Date): Promise<IntentView | null> {
    const created = { gte: Math.floor(since.getTime() / 1_000) - CLOCK_SKEW_S };
    for await (const intent of this.#stripe.paymentIntents.list({
      customer: customerId,
      created,
      limit: 100,
    }))
      if (intent.metadata.hold_id === holdId) return viewOf(intent);
    return null;
  }

  /** Every intent that was made since then, newest first. */
  async *intentsSince(since: Date): AsyncGenerator<IntentView> {
    const created = { gte: Math.floor(since.getTime() / 1_000) };
    for await (const intent of this.#stripe.paymentIntents.list({ created, limit: 100 }))
      yield viewOf(intent);
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
