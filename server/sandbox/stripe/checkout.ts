import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Card, TEST_CARDS } from './cards.ts';
import { refusalOf } from './confirm.ts';
import { noSuch, StripeError } from './errors.ts';
import type { StripeLedger } from './ledger.ts';
import type { CheckoutSession, PaymentIntent, SetupIntent } from './objects.ts';
import type { ParamsOf } from './params.ts';

const DAY_S = 86_400;
const HALF_HOUR_S = 1_800;

/** What a session is to pay, kept until somebody pays. */
interface Plan {
  intent: Pick<PaymentIntent, 'capture_method' | 'setup_future_usage' | 'description' | 'metadata'> | null;
  setupMetadata: Record<string, string>;
}

/** Checkout: the sessions, and the page on which a payer types a test card and answers their bank. */
export class Checkout {
  readonly #ledger: StripeLedger;
  readonly #plans = new Map<string, Plan>();
  /** Cards that wait for the bank's page, by session. */
  readonly #atBank = new Map<string, Card>();
  baseUrl = '';

  constructor(ledger: StripeLedger) {
    this.#ledger = ledger;
  }

  create(params: ParamsOf<'POST /v1/checkout/sessions'>): CheckoutSession {
    const { nowS } = this.#ledger;
    this.#check(params);
    const [item] = params.line_items ?? [];
    const id = this.#ledger.newId('cs_test');
    const session: CheckoutSession = {
      object: 'checkout.session',
      id,
      created: nowS,
      expires_at: params.expires_at ?? nowS + DAY_S,
      mode: params.mode === 'setup' ? 'setup' : 'payment',
      status: 'open',
      payment_status: params.mode === 'setup' ? 'no_payment_required' : 'unpaid',
      amount_total: item === undefined ? null : item.price_data.unit_amount * item.quantity,
      currency: item?.price_data.currency ?? params.currency ?? null,
      customer: params.customer ?? null,
      client_reference_id: params.client_reference_id ?? null,
      payment_intent: null,
      setup_intent: null,
      success_url: params.success_url,
      cancel_url: params.cancel_url ?? null,
      url: `${this.baseUrl}/c/pay/${id}`,
      metadata: params.metadata ?? {},
    };
    this.#plans.set(id, planOf(params));
    this.#ledger.sessions.set(id, session);
    return session;
  }

  #check(params: ParamsOf<'POST /v1/checkout/sessions'>): void {
    const { nowS } = this.#ledger;
    const expires = params.expires_at ?? nowS + DAY_S;
    if (expires < nowS + HALF_HOUR_S - 60 || expires > nowS + DAY_S + 60)
      throw new StripeError(
        400,
        'invalid_request_error',
        'The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.',
        { param: 'expires_at' },
      );
    if (params.mode === 'subscription')
      throw new StripeError(400, 'invalid_request_error', 'Subscriptions are not played here.', {
        param: 'mode',
      });
    if (params.customer !== undefined && !this.#ledger.customers.has(params.customer))
      throw noSuch('customer', params.customer);
    if (params.mode === 'payment' && (params.line_items ?? []).length === 0)
      throw new StripeError(400, 'invalid_request_error', 'You must provide `line_items` in payment mode.', {
        code: 'parameter_missing',
        param: 'line_items',
      });
  }

  /** The pages below /c/. True when the request was one of theirs. */
  serve(request: IncomingMessage, response: ServerResponse, pathname: string, body: string): boolean {
    const [, kind, id = ''] = /^\/c\/(pay|bank)\/(cs_test_[0-9a-f]+)$/.exec(pathname) ?? [];
    const session = this.#ledger.sessions.get(id);
    if (kind === undefined || session === undefined) return false;
    if (session.status !== 'open') sendPage(response, 410, '<p>This checkout is over.</p>');
    else if (request.method === 'GET')
      sendPage(response, 200, kind === 'pay' ? payPage(session) : bankPage(session));
    else if (kind === 'pay') this.#onPay(session, new URLSearchParams(body), response);
    else this.#onBank(session, new URLSearchParams(body), response);
    return true;
  }

  #onPay(session: CheckoutSession, form: URLSearchParams, response: ServerResponse): void {
    if (form.get('do') === 'back') return redirect(response, session.cancel_url ?? session.success_url);
    const card = TEST_CARDS[(form.get('card') ?? '').replace(/\s/g, '')];
    if (card === undefined) return sendPage(response, 200, payPage(session, 'Your card number is invalid.'));
    const refusal = session.mode === 'setup' ? card.decline : refusalOf(card);
    if (refusal !== null) return this.#refuse(session, refusal, response);
    if (card.authentication === 'never') return this.#complete(session, card, false, response);
    this.#atBank.set(session.id, card);
    redirect(response, `/c/bank/${session.id}`);
  }

  #onBank(session: CheckoutSession, form: URLSearchParams, response: ServerResponse): void {
    const card = this.#atBank.get(session.id);
    if (card === undefined) return redirect(response, `/c/pay/${session.id}`);
    if (form.get('do') !== 'complete') return this.#refuse(session, 'authentication_failed', response);
    if (card.decline !== null) return this.#refuse(session, card.decline, response);
    this.#complete(session, card, true, response);
  }

  #refuse(session: CheckoutSession, reason: string, response: ServerResponse): void {
    const intent = this.#intentOf(session);
    if (intent !== null) {
      intent.last_payment_error = { type: 'card_error', code: 'card_declined', decline_code: reason };
      this.#ledger.emit('payment_intent.payment_failed', intent);
    }
    sendPage(response, 200, payPage(session, `Your card was declined (${reason}).`));
  }

  #complete(session: CheckoutSession, card: Card, authenticated: boolean, response: ServerResponse): void {
    const plan = this.#plans.get(session.id);
    const intent = this.#intentOf(session);
    const keeps = session.mode === 'setup' || plan?.intent?.setup_future_usage === 'off_session';
    const method = this.#ledger.newMethod(card, keeps ? session.customer : null);
    method.isSetUp = keeps && (authenticated || card.authentication === 'never');
    Object.assign(session, { status: 'complete', url: null });
    if (intent === null) this.#completeSetup(session, method.id, plan?.setupMetadata ?? {});
    else {
      intent.payment_method = method.id;
      this.#ledger.authorise(intent, card, false);
      session.payment_status = intent.status === 'succeeded' ? 'paid' : 'unpaid';
    }
    this.#ledger.emit('checkout.session.completed', session);
    redirect(response, session.success_url.replace('{CHECKOUT_SESSION_ID}', session.id));
  }

  #completeSetup(session: CheckoutSession, methodId: string, metadata: Record<string, string>): void {
    const setup: SetupIntent = {
      object: 'setup_intent',
      id: this.#ledger.newId('seti'),
      created: this.#ledger.nowS,
      customer: session.customer,
      payment_method: methodId,
      status: 'succeeded',
      metadata,
    };
    this.#ledger.setups.set(setup.id, setup);
    session.setup_intent = setup.id;
    this.#ledger.emit('setup_intent.succeeded', setup);
  }

  /** Stripe makes a session's intent when somebody first tries to pay. */
  #intentOf(session: CheckoutSession): PaymentIntent | null {
    const plan = this.#plans.get(session.id);
    if (plan?.intent == null) return null;
    const known = this.#ledger.intents.get(session.payment_intent ?? '');
    if (known !== undefined) return known;
    const intent = this.#ledger.newIntent({
      amount: session.amount_total ?? 0,
      currency: session.currency ?? 'usd',
      customer: session.customer,
      ...plan.intent,
    });
    session.payment_intent = intent.id;
    this.#ledger.ofCheckout.add(intent.id);
    return intent;
  }
}

function planOf(params: ParamsOf<'POST /v1/checkout/sessions'>): Plan {
  const data = params.payment_intent_data;
  const intent = {
    capture_method: data?.capture_method ?? ('automatic_async' as const),
    setup_future_usage: data?.setup_future_usage ?? null,
    description: data?.description ?? null,
    metadata: data?.metadata ?? {},
  };
  return {
    intent: params.mode === 'setup' ? null : intent,
    setupMetadata: params.setup_intent_data?.metadata ?? {},
  };
}

function payPage(session: CheckoutSession, problem = ''): string {
  const amount =
    session.amount_total === null ? 'Save a card' : `Authorise $${(session.amount_total / 100).toFixed(2)}`;
  return `<h1>${amount}</h1><p role="alert">${problem}</p>
<form method="post"><label>Card number <input name="card" value="4242 4242 4242 4242" autocomplete="off"></label>
<button name="do" value="pay">Pay</button><button name="do" value="back">Back</button></form>
<p>A stand-in for Stripe Checkout. No money moves.</p>`;
}

function bankPage(session: CheckoutSession): string {
  return `<h1>Your bank</h1><p>Is it you who pays? (${session.id.slice(-6)})</p>
<form method="post"><button name="do" value="complete">Complete authentication</button>
<button name="do" value="fail">Fail authentication</button></form>`;
}

function sendPage(response: ServerResponse, status: number, body: string): void {
  response
    .writeHead(status, { 'content-type': 'text/html; charset=utf-8' })
    .end(`<!doctype html><html lang="en"><meta charset="utf-8"><title>Checkout</title>${body}</html>`);
}

function redirect(response: ServerResponse, to: string): void {
  response.writeHead(303, { location: to }).end();
}
