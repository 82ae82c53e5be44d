import { randomBytes } from 'node:crypto';
import { type Card, holdSeconds } from './cards.ts';
import { noSuch, StripeError } from './errors.ts';
import type {
  BalanceTransaction,
  Charge,
  CheckoutSession,
  Customer,
  Dispute,
  PaymentIntent,
  PaymentMethod,
  Refund,
  SetupIntent,
  StripeEvent,
} from './objects.ts';

export const API_VERSION = '2026-10-28.endive';
/** 2.9 % + 30 c, half up: what Stripe keeps of a charge. */
const feeOf = (amount: number) => Math.round((amount * 29) / 1_000 + 30);
const SMALLEST_CHARGE = 50;

/** Every object of the account, its clock, and the events that changes give rise to. */
export class StripeLedger {
  readonly customers = new Map<string, Customer>();
  readonly methods = new Map<string, PaymentMethod & { plastic: Card; isSetUp: boolean }>();
  readonly intents = new Map<string, PaymentIntent>();
  readonly charges = new Map<string, Charge>();
  readonly balances = new Map<string, BalanceTransaction>();
  /** Intents that a checkout page made: until something is held, only closing the page ends them. */
  readonly ofCheckout = new Set<string>();
  readonly refunds = new Map<string, Refund>();
  readonly disputes = new Map<string, Dispute>();
  readonly setups = new Map<string, SetupIntent>();
  readonly sessions = new Map<string, CheckoutSession>();
  readonly events: Array<StripeEvent & { delivered: boolean }> = [];
  readonly #onEvent: (event: StripeEvent) => void;
  #offsetS = 0;

  constructor(onEvent: (event: StripeEvent) => void) {
    this.#onEvent = onEvent;
  }

  get nowS(): number {
    return Math.floor(Date.now() / 1_000) + this.#offsetS;
  }

  /** Lets time pass: authorisations and checkout sessions run out. */
  advance(seconds: number): void {
    this.#offsetS += seconds;
    for (const intent of this.intents.values()) {
      const charge = this.charges.get(intent.latest_charge ?? '');
      const before = charge?.payment_method_details.card.capture_before;
      if (intent.status === 'requires_capture' && before !== undefined && before <= this.nowS) {
        this.cancel(intent, 'automatic');
        this.emit('charge.expired', charge as Charge);
      }
    }
    for (const session of this.sessions.values())
      if (session.status === 'open' && session.expires_at <= this.nowS) this.expireSession(session);
  }

  newId(prefix: string): string {
    return `${prefix}_${randomBytes(12).toString('hex')}`;
  }

  emit(type: string, object: object): void {
    const event = {
      object: 'event' as const,
      id: this.newId('evt'),
      created: this.nowS,
      type,
      api_version: API_VERSION,
      livemode: false as const,
      pending_webhooks: 1,
      request: { id: null, idempotency_key: null },
      data: { object: structuredClone(object) },
      delivered: false,
    };
    this.events.push(event);
    const { delivered: _delivered, ...sent } = event;
    this.#onEvent(sent);
  }

  newIntent(
    values: Pick<PaymentIntent, 'amount' | 'currency' | 'capture_method'> & Partial<PaymentIntent>,
  ): PaymentIntent {
    if (values.amount < SMALLEST_CHARGE)
      throw new StripeError(400, 'invalid_request_error', 'Amount must be at least $0.50 usd', {
        code: 'amount_too_small',
        param: 'amount',
      });
    if (values.customer != null && !this.customers.has(values.customer))
      throw noSuch('customer', values.customer);
    const id = this.newId('pi');
    const intent: PaymentIntent = {
      object: 'payment_intent',
      id,
      created: this.nowS,
      amount_capturable: 0,
      amount_received: 0,
      customer: null,
      payment_method: null,
      status: 'requires_payment_method',
      cancellation_reason: null,
      canceled_at: null,
      latest_charge: null,
      last_payment_error: null,
      next_action: null,
      setup_future_usage: null,
      description: null,
      metadata: {},
      client_secret: `${id}_secret_${randomBytes(8).toString('hex')}`,
      ...values,
    };
    this.intents.set(id, intent);
    this.emit('payment_intent.created', intent);
    return intent;
  }

  newMethod(plastic: Card, customer: string | null): PaymentMethod & { plastic: Card; isSetUp: boolean } {
    const method = {
      object: 'payment_method' as const,
      id: this.newId('pm'),
      type: 'card' as const,
      customer,
      card: { brand: plastic.brand, last4: plastic.last4 },
      plastic,
      isSetUp: false,
    };
    this.methods.set(method.id, method);
    return method;
  }

  /** The bank said yes: money is held, or taken where nobody asked to hold it. */
  authorise(intent: PaymentIntent, card: Card, offSession: boolean): void {
    const isHold = intent.capture_method === 'manual';
    const charge: Charge = {
      object: 'charge',
      id: this.newId('ch'),
      created: this.nowS,
      amount: intent.amount,
      amount_captured: 0,
      amount_refunded: 0,
      captured: false,
      currency: intent.currency,
      customer: intent.customer,
      payment_intent: intent.id,
      payment_method_details: {
        type: 'card',
        card: {
          brand: card.brand,
          last4: card.last4,
          capture_before: this.nowS + holdSeconds(card, offSession),
        },
      },
      balance_transaction: null,
      disputed: false,
      refunded: false,
      status: 'succeeded',
    };
    this.charges.set(charge.id, charge);
    Object.assign(intent, { latest_charge: charge.id, next_action: null, last_payment_error: null });
    if (!isHold) return this.#take(intent, charge, intent.amount);
    Object.assign(intent, { status: 'requires_capture', amount_capturable: intent.amount });
    this.emit('charge.succeeded', charge);
    this.emit('payment_intent.amount_capturable_updated', intent);
  }

  capture(intent: PaymentIntent, amount: number | undefined): void {
    if (intent.status !== 'requires_capture') throw unexpectedState(intent, 'captured');
    const wanted = amount ?? intent.amount_capturable;
    if (wanted > intent.amount_capturable)
      throw new StripeError(
        400,
        'invalid_request_error',
        'The amount to capture must be less than or equal to the amount that can be captured.',
        { code: 'amount_too_large', param: 'amount_to_capture' },
      );
    if (wanted < SMALLEST_CHARGE)
      throw new StripeError(400, 'invalid_request_error', 'Amount must be at least $0.50 usd', {
        code: 'amount_too_small',
        param: 'amount_to_capture',
      });
    const charge = this.charges.get(intent.latest_charge ?? '');
    if (charge === undefined) throw new Error('a capturable intent without a charge');
    this.#take(intent, charge, wanted);
  }

  #take(intent: PaymentIntent, charge: Charge, amount: number): void {
    Object.assign(intent, { status: 'succeeded', amount_received: amount, amount_capturable: 0 });
    Object.assign(charge, {
      captured: true,
      amount_captured: amount,
      amount_refunded: charge.amount - amount,
    });
    this.emit('charge.captured', charge);
    this.emit('payment_intent.succeeded', intent);
    // With asynchronous capture the fee is known a moment later.
    setImmediate(() => this.#book(charge, amount));
  }

  #book(charge: Charge, amount: number): void {
    const fee = feeOf(amount);
    const balance: BalanceTransaction = {
      object: 'balance_transaction',
      id: this.newId('txn'),
      amount,
      fee,
      net: amount - fee,
      currency: charge.currency,
      source: charge.id,
    };
    this.balances.set(balance.id, balance);
    charge.balance_transaction = balance.id;
    this.emit('charge.updated', charge);
  }

  cancel(intent: PaymentIntent, reason: string | null): void {
    if (intent.status === 'succeeded' || intent.status === 'canceled')
      throw unexpectedState(intent, 'canceled');
    Object.assign(intent, {
      status: 'canceled',
      cancellation_reason: reason,
      canceled_at: this.nowS,
      amount_capturable: 0,
      next_action: null,
    });
    this.emit('payment_intent.canceled', intent);
  }

  expireSession(session: CheckoutSession): void {
    if (session.status !== 'open')
      throw new StripeError(
        400,
        'invalid_request_error',
        `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of ${session.status}.`,
      );
    Object.assign(session, { status: 'expired', url: null });
    this.emit('checkout.session.expired', session);
  }
}

export function unexpectedState(intent: PaymentIntent, verb: string): StripeError {
  return new StripeError(
    400,
    'invalid_request_error',
    `This PaymentIntent could not be ${verb} because it has a status of ${intent.status}.`,
    { code: 'payment_intent_unexpected_state', payment_intent: structuredClone(intent) },
  );
}
