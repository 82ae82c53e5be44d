import type { TestApp } from './app.ts';
import { credentials, until } from './sandbox.ts';

/** What the Stripe stand-in has in its own books. */
export interface StripeBooks {
  intents: Array<{
    id: string;
    status: string;
    amount: number;
    amount_received: number;
    metadata: { call_id?: string; hold_id?: string };
  }>;
  charges: Array<{ payment_intent: string; amount_captured: number; amount_refunded: number }>;
  refunds: Array<{ payment_intent: string; amount: number }>;
  sessions: Array<{ id: string; status: string; metadata: { call_id?: string } }>;
}

export interface Offer {
  callId: string;
  payUrl: string;
  statusUrl: string;
  capCents: number;
}

/** Does what a payer's browser does, and looks into Stripe's books. */
export class Payer {
  readonly #test: TestApp;

  constructor(test: TestApp) {
    this.#test = test;
  }

  /** A call that waits for the payer. */
  async offer(to: string, more: Record<string, unknown> = {}): Promise<Offer> {
    const answer = await this.#test.api('/api/approvals', {
      method: 'POST',
      body: { to, displayName: 'Alice', payer: { name: 'Carol' }, capCents: 500, ...more },
    });
    if (answer.status !== 201) throw new Error(`no offer: ${answer.text}`);
    const { callId, payUrl, capCents } = answer.json as { callId: string; payUrl: string; capCents: number };
    return { callId, payUrl, capCents, statusUrl: payUrl.replace('/pay/', '/pay/status/') };
  }

  /** A yes to many calls to somebody, with the card that was left for them. */
  async mandate(to: string): Promise<{ mandateId: string; payUrl: string }> {
    const limits = { perCallCents: 500, perMonthCents: 900 };
    const body = { to, displayName: 'Alice', payer: { name: 'Carol' }, ...limits };
    const answer = await this.#test.api('/api/mandates', { method: 'POST', body });
    const mandate = answer.json as { mandateId: string; payUrl: string };
    const { location } = await this.press(mandate.payUrl, { answer: 'approve' });
    await this.press(location, { card: '4242424242424242', do: 'pay' });
    await until(
      'the card is known',
      async () => (await (await fetch(mandate.payUrl)).text()).includes('You approved. Calls'),
      20_000,
    );
    return mandate;
  }

  /** Presses a button on one of our pages. Returns where it leads. */
  async press(url: string, fields: Record<string, string>): Promise<{ status: number; location: string }> {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams(fields),
    });
    await response.text();
    return { status: response.status, location: response.headers.get('location') ?? '' };
  }

  /** Approves on our page and types a card on Stripe's. */
  async approve(offer: Offer, card = '4242424242424242', more: Record<string, string> = {}): Promise<string> {
    const { location } = await this.press(offer.payUrl, { answer: 'approve', ...more });
    return (await this.press(location, { card, do: 'pay' })).location;
  }

  async books(): Promise<StripeBooks> {
    return (await fetch(`${this.#test.sandbox.controlUrl}/stripe`)).json() as Promise<StripeBooks>;
  }

  async intentOf(callId: string): Promise<StripeBooks['intents'][number] | undefined> {
    return (await this.books()).intents.find(({ metadata }) => metadata.call_id === callId);
  }

  /** Waits until Stripe's books say this of the call's intent. */
  async intentIs(callId: string, status: string, withinMs = 60_000): Promise<void> {
    await until(
      `the intent of the call is ${status}`,
      async () => (await this.intentOf(callId))?.status === status,
      withinMs,
    );
  }

  async money(callId: string): Promise<{
    hold: { state: string; declineCode: string | null; amountCents: number } | null;
    settlement: {
      state: string;
      totalCents: number;
      capturedCents: number;
      writtenOffCents: number;
      refundedCents: number;
      stripeFeeCents: number | null;
    } | null;
  }> {
    return (await this.#test.api(`/api/calls/${callId}/money`)).json as never;
  }

  /** Waits until our books say that the money of the call has come to rest. */
  async settled(callId: string, state: string, withinMs = 60_000): Promise<void> {
    await until(
      `the settlement is ${state}`,
      async () => (await this.money(callId)).settlement?.state === state,
      withinMs,
    );
  }

  async alerts(callId: string): Promise<string[]> {
    const { alerts } = (await this.#test.api('/api/alerts')).json as {
      alerts: Array<{ callId: string; kind: string }>;
    };
    return alerts.filter((alert) => alert.callId === callId).map(({ kind }) => kind);
  }

  /** Asks the stand-in as Stripe's API. */
  async stripe(
    path: string,
    body?: Record<string, string>,
    key?: string,
  ): Promise<{ status: number; json: unknown }> {
    const response = await fetch(this.#test.sandbox.urls.stripe + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${credentials.apiKey}`,
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: new URLSearchParams(body) }),
    });
    return { status: response.status, json: await response.json() };
  }
}
