import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault, Faults } from '../faults.ts';
import { type StandInServer, sendJson, startServer, urlOf } from '../http.ts';
import type { Journal } from '../journal.ts';
import { serveBank } from './bank.ts';
import { Checkout } from './checkout.ts';
import { confirmOffSession, confirmOnSession, detach } from './confirm.ts';
import { noSuch, StripeError } from './errors.ts';
import { type FormValue, parseForm } from './form.ts';
import { refund } from './give-back.ts';
import { type Answer, IdempotencyStore } from './idempotency.ts';
import { StripeLedger } from './ledger.ts';
import { listPage } from './list.ts';
import type { WebhookEndpoint } from './objects.ts';
import { checkParams, type ParamsOf, type Route, routeOf } from './params.ts';
import { WebhookSender } from './webhook-sender.ts';

export interface StripeParts {
  port: number;
  apiKey: string;
  faults: Faults;
  journal: Journal;
}

export interface StripeStandIn extends StandInServer {
  ledger: StripeLedger;
  /** Where events are sent, with the secrets that sign them. */
  endpoints(): WebhookEndpoint[];
}

/** Stripe's API as far as holds need it: as strict about parameters, states and idempotency keys as Stripe is. */
export async function startStripe(parts: StripeParts): Promise<StripeStandIn> {
  const standIn = new Stripe(parts);
  const server = await startServer(parts.port, (request, response, body) =>
    standIn.serve(request, response, body),
  );
  standIn.checkout.baseUrl = server.url;
  return {
    ...server,
    ledger: standIn.ledger,
    endpoints: () => [...standIn.webhooks.endpoints.values()],
    close: async () => {
      standIn.webhooks.close();
      await server.close();
    },
  };
}

const READING_FAULTS = ['refuse', 'status', 'slow', 'lost-answer'] as const;
/** Only what has a key can be remembered. */
const CHANGING_FAULTS = ['failed-answer', 'failed-saved'] as const;

interface Call {
  route: Route;
  id: string;
  form: Record<string, FormValue>;
}

class Stripe {
  readonly ledger: StripeLedger;
  readonly webhooks: WebhookSender;
  readonly checkout: Checkout;
  readonly #parts: StripeParts;
  readonly #idempotency = new IdempotencyStore();

  constructor(parts: StripeParts) {
    this.#parts = parts;
    this.ledger = new StripeLedger((event) => this.webhooks.onEvent(event));
    this.webhooks = new WebhookSender(this.ledger, parts.faults, parts.journal);
    this.checkout = new Checkout(this.ledger);
  }

  async serve(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
    const { pathname, search } = urlOf(request);
    if (this.checkout.serve(request, response, pathname, body)) return;
    if (serveBank(this.ledger, request, response, pathname, body)) return;
    const { journal, faults } = this.#parts;
    const key = request.headers['idempotency-key'] as string | undefined;
    journal.note('stripe', 'rest', { method: request.method, pathname, key: key ?? null, body });
    const kinds = request.method === 'GET' ? READING_FAULTS : [...READING_FAULTS, ...CHANGING_FAULTS];
    const fault = faults.take('stripe', kinds, pathname);
    if (fault?.kind === 'refuse') return void request.socket.destroy();
    if (fault?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.delayMs).unref());
    if (fault?.kind === 'status') return sendJson(response, fault.status, failure(fault.status));
    const answer = this.#answer(request, pathname, search, body, key, fault);
    if (fault?.kind === 'lost-answer') return void request.socket.destroy();
    response.setHeader('request-id', `req_${this.ledger.newId('x').slice(2)}`);
    response.setHeader('stripe-version', request.headers['stripe-version'] ?? '');
    sendJson(response, answer.status, answer.body);
  }

  #answer(
    request: IncomingMessage,
    pathname: string,
    search: string,
    body: string,
    key: string | undefined,
    fault: Fault | null,
  ): Answer {
    try {
      if (request.headers.authorization !== `Bearer ${this.#parts.apiKey}`)
        throw new StripeError(401, 'invalid_request_error', 'Invalid API Key provided');
      const { route, id } = routeOf(request.method ?? 'GET', pathname);
      const form = parseForm(request.method === 'GET' ? search.slice(1) : body);
      const call = { route, id, form };
      if (key === undefined || request.method === 'GET') return { status: 200, body: this.#execute(call) };
      return this.#executeOnce(call, key, `${pathname}\n${body}`, fault);
    } catch (error) {
      if (error instanceof StripeError) return { status: error.status, body: error.body };
      throw error;
    }
  }

  /** Errors of execution are remembered like successes; requests that were never executed are not. */
  #executeOnce(call: Call, key: string, fingerprint: string, fault: Fault | null): Answer {
    const earlier = this.#idempotency.begin(key, fingerprint, this.ledger.nowS);
    if (earlier !== null) return earlier;
    let answer: Answer;
    try {
      answer = fault?.kind === 'failed-saved' ? failedAnswer : { status: 200, body: this.#execute(call) };
    } catch (error) {
      const refused =
        error instanceof StripeError && (error.body.error.param !== undefined || error.status === 404);
      if (!(error instanceof StripeError) || refused) {
        this.#idempotency.forget(key);
        throw error;
      }
      answer = { status: error.status, body: error.body };
    }
    if (fault?.kind === 'failed-answer') answer = failedAnswer;
    this.#idempotency.keep(key, structuredClone(answer));
    return answer;
  }

  #execute({ route, id, form }: Call): unknown {
    const { ledger } = this;
    const params = <R extends Route>(expected: R): ParamsOf<R> => checkParams(expected, form);
    const found = <T>(map: ReadonlyMap<string, T>, kind: string, wanted = id): T => {
      const object = map.get(wanted);
      if (object === undefined) throw noSuch(kind, wanted);
      return object;
    };
    switch (route) {
      case 'POST /v1/customers': {
        const { name, email, phone, metadata } = params(route);
        const customer = {
          object: 'customer' as const,
          id: ledger.newId('cus'),
          created: ledger.nowS,
          name: name ?? null,
          email: email ?? null,
          phone: phone ?? null,
          metadata: metadata ?? {},
        };
        ledger.customers.set(customer.id, customer);
        return customer;
      }
      case 'POST /v1/checkout/sessions':
        return this.checkout.create(params(route));
      case 'POST /v1/checkout/sessions/:id/expire': {
        params(route);
        const session = found(ledger.sessions, 'checkout.session');
        ledger.expireSession(session);
        return session;
      }
      case 'POST /v1/payment_intents':
        return this.#createIntent(params(route));
      case 'POST /v1/payment_intents/:id/confirm': {
        const { payment_method: methodId, off_session, return_url: returnUrl, expand } = params(route);
        const intent = found(ledger.intents, 'payment_intent');
        const bankUrl = `${this.checkout.baseUrl}/c/authenticate/${intent.id}`;
        if (off_session === true) confirmOffSession(ledger, intent, methodId);
        else confirmOnSession(ledger, intent, { methodId, returnUrl, bankUrl });
        return this.#expanded(intent, expand);
      }
      case 'POST /v1/payment_intents/:id/capture': {
        const { amount_to_capture, expand } = params(route);
        const intent = found(ledger.intents, 'payment_intent');
        ledger.capture(intent, amount_to_capture);
        return this.#expanded(intent, expand);
      }
      case 'POST /v1/payment_intents/:id/cancel': {
        const { cancellation_reason, expand } = params(route);
        const intent = found(ledger.intents, 'payment_intent');
        ledger.cancel(intent, cancellation_reason ?? null);
        return this.#expanded(intent, expand);
      }
      case 'POST /v1/refunds': {
        const { payment_intent, charge, amount, reason, metadata } = params(route);
        const chargeId =
          charge ?? found(ledger.intents, 'payment_intent', payment_intent ?? '').latest_charge ?? '';
        const values = { reason: reason ?? null, metadata: metadata ?? {} };
        return refund(ledger, found(ledger.charges, 'charge', chargeId), amount, values);
      }
      case 'POST /v1/webhook_endpoints': {
        const { url, enabled_events } = params(route);
        return this.webhooks.add(url, enabled_events);
      }
      case 'GET /v1/payment_intents': {
        const { customer, created, expand: _expand, ...page } = params(route);
        const all = [...ledger.intents.values()].filter(
          (intent) =>
            (customer === undefined || intent.customer === customer) &&
            (created?.gte === undefined || intent.created >= created.gte),
        );
        return listPage(all, page, '/v1/payment_intents');
      }
      case 'GET /v1/refunds': {
        const { payment_intent, ...page } = params(route);
        const all = [...ledger.refunds.values()].filter(
          (refund) => payment_intent === undefined || refund.payment_intent === payment_intent,
        );
        return listPage(all, page, '/v1/refunds');
      }
      case 'GET /v1/events': {
        const { type, types, delivery_success, created, ...page } = params(route);
        const all = ledger.events.filter(
          (event) =>
            (type === undefined || event.type === type) &&
            (types === undefined || types.includes(event.type)) &&
            (delivery_success === undefined || event.delivered === delivery_success) &&
            (created?.gte === undefined || event.created >= created.gte),
        );
        return listPage(
          all.map(({ delivered: _delivered, ...event }) => event),
          page,
          '/v1/events',
        );
      }
      case 'POST /v1/payment_methods/:id/detach': {
        params(route);
        return detach(found(ledger.methods, 'PaymentMethod'));
      }
      case 'GET /v1/customers/:id':
        return found(ledger.customers, 'customer');
      case 'GET /v1/checkout/sessions/:id':
        return found(ledger.sessions, 'checkout.session');
      case 'GET /v1/payment_intents/:id':
        return this.#expanded(found(ledger.intents, 'payment_intent'), params(route).expand);
      case 'GET /v1/setup_intents/:id':
        return found(ledger.setups, 'setup_intent');
      case 'GET /v1/disputes': {
        const { payment_intent, created, ...page } = params(route);
        const all = [...ledger.disputes.values()].filter(
          (dispute) =>
            (payment_intent === undefined || dispute.payment_intent === payment_intent) &&
            (created?.gte === undefined || dispute.created >= created.gte),
        );
        return listPage(all, page, '/v1/disputes');
      }
      case 'GET /v1/disputes/:id':
        return found(ledger.disputes, 'dispute');
      case 'GET /v1/charges/:id':
        return found(ledger.charges, 'charge');
      default:
        return route satisfies never;
    }
  }

  #createIntent(params: ParamsOf<'POST /v1/payment_intents'>): unknown {
    const intent = this.ledger.newIntent({
      amount: params.amount,
      currency: params.currency,
      capture_method: params.capture_method ?? 'automatic_async',
      customer: params.customer ?? null,
      setup_future_usage: params.setup_future_usage ?? null,
      description: params.description ?? null,
      metadata: params.metadata ?? {},
    });
    if (params.confirm === true) confirmOffSession(this.ledger, intent, params.payment_method);
    return this.#expanded(intent, params.expand);
  }

  #expanded(object: object, expand: readonly string[] | undefined): unknown {
    const copy = structuredClone(object) as Record<string, unknown>;
    if (expand?.some((path) => path.startsWith('latest_charge')) && typeof copy.latest_charge === 'string') {
      const charge = structuredClone(this.ledger.charges.get(copy.latest_charge)) as unknown as Record<
        string,
        unknown
      >;
      if (
        expand.includes('latest_charge.balance_transaction') &&
        typeof charge.balance_transaction === 'string'
      )
        charge.balance_transaction = this.ledger.balances.get(charge.balance_transaction);
      copy.latest_charge = charge;
    }
    return copy;
  }
}

function failure(status: number): unknown {
  const type = status === 429 ? 'rate_limit_error' : 'api_error';
  return { error: { type, message: 'played fault', ...(status === 429 ? { code: 'rate_limit' } : {}) } };
}

const failedAnswer: Answer = { status: 500, body: failure(500) };
