import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { eq } from 'drizzle-orm';
import express from 'express';
import { Logger, runOnce } from 'graphile-worker';
import pino from 'pino';
import { alerts, calls, holds, settlements } from '../db/schema/index.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../db/temporary.ts';
import { CallStore } from '../server/call/store.ts';
import { systemClock } from '../server/clock.ts';
import { EMPTY_BILL } from '../server/cost/bill.ts';
import { RateCards } from '../server/cost/rate-card-store.ts';
import { DIAL_JOB } from '../server/dialing/attempts.ts';
import { problemHandler } from '../server/http/problems.ts';
import type { Job } from '../server/jobs/runner.ts';
import { openPayments, type Payments } from '../server/payments/desk.ts';
import { Funding } from '../server/payments/funding.ts';
import { type Fault, Faults, faultSchema } from '../server/sandbox/faults.ts';
import { Journal } from '../server/sandbox/journal.ts';
import type { PaymentIntent } from '../server/sandbox/stripe/objects.ts';
import { type StripeStandIn, startStripe } from '../server/sandbox/stripe/server.ts';
import { claimDial } from './dialing.ts';

export const SYSTEM = { kind: 'system', purpose: 'test' } as const;
const CAP_CENTS = 1_000;

interface MandateOptions {
  perCallCents?: number;
  perMonthCents?: number;
  validMs?: number;
  /** Null: the payer has not answered. */
  card?: string | null;
}

/** The whole of payments without telephones: real database, real Stripe SDK, a stand-in for Stripe; calls only begin and end. */
export class MoneyHouse {
  readonly database: TemporaryDatabase;
  readonly stripe: StripeStandIn;
  readonly payments: Payments;
  readonly journal: Journal;
  readonly #faults: Faults;
  readonly #funding: Funding;
  readonly #store: CallStore;
  readonly #server: http.Server;
  readonly dialled: string[] = [];
  readonly revoked: string[] = [];
  #callees = 0;

  private constructor(parts: {
    database: TemporaryDatabase;
    stripe: StripeStandIn;
    journal: Journal;
    faults: Faults;
    server: http.Server;
    rateCards: RateCards;
  }) {
    this.database = parts.database;
    this.stripe = parts.stripe;
    this.journal = parts.journal;
    this.#faults = parts.faults;
    this.#server = parts.server;
    this.#funding = new Funding(parts.database.db, parts.rateCards, 'on_subtotal');
    this.#store = new CallStore(parts.database.db);
    this.payments = openPayments({
      db: parts.database.db,
      stripe: { apiKey: 'sk_test', baseUrl: parts.stripe.url },
      webhookSecret: null,
      registersWebhook: true,
      publicBaseUrl: `http://127.0.0.1:${(parts.server.address() as AddressInfo).port}`,
      calls: {
        assertMayRing: () => Promise.resolve(),
        revoke: (callId) => void this.revoked.push(callId),
      },
      clock: systemClock,
      log: pino({ level: process.env.LOG_LEVEL ?? 'silent' }),
    });
    const app = express();
    app.use('/stripe/webhook', this.payments.webhook);
    app.use(problemHandler(pino({ level: 'silent' })));
    parts.server.on('request', app);
  }

  static async open(): Promise<MoneyHouse> {
    const database = await openTemporaryDatabase();
    const rateCards = new RateCards(database.db, systemClock);
    await rateCards.ensureDefaults();
    const faults = new Faults();
    const journal = new Journal();
    const stripe = await startStripe({ port: 0, apiKey: 'sk_test', faults, journal });
    const server = http.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new MoneyHouse({ database, stripe, journal, faults, server, rateCards });
  }

  async close(): Promise<void> {
    await this.stripe.close();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
    await this.database.close();
  }

  get webhookUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/stripe/webhook`;
  }

  fault(fault: Pick<Fault, 'kind'> & Partial<Fault>): void {
    this.#faults.add(faultSchema.parse({ vendor: 'stripe', ...fault }));
  }

  clearFaults(): void {
    this.#faults.clear();
  }

  get #jobs(): Readonly<Record<string, Job>> {
    const dial: Job = async ({ callId = '' }) => {
      if (await claimDial(this.database.db, callId)) this.dialled.push(callId);
    };
    return { ...this.payments.jobs, [DIAL_JOB]: dial };
  }

  /** A call that waits for a payer. */
  async offer(options: { validMs?: number; payerId?: string; capCents?: number } = {}): Promise<{
    callId: string;
    token: string;
  }> {
    const number = `+1555${String(3_000_000 + this.#callees++)}`;
    const user = await this.#store.ensureUser(SYSTEM, number, 'Alice');
    const plan = {
      userId: user.id,
      persona: 'brad',
      direction: 'outbound',
      toNumber: number,
      fromNumber: '+15550199',
    } as const;
    const question = {
      payer: options.payerId === undefined ? { name: 'Carol' } : { id: options.payerId },
      capCents: options.capCents ?? CAP_CENTS,
      validMs: options.validMs ?? 600_000,
      textShown: () => 'Brad calls Alice.',
    };
    const { call, linkToken } = await this.database.db.as(SYSTEM, (tx) =>
      this.#funding.askPayer(tx, plan, question),
    );
    return { callId: call.id, token: linkToken };
  }

  /** A payer's yes to many calls to one callee, with the card that they left for them. */
  async mandate(options: MandateOptions = {}): Promise<{ mandateId: string; token: string; callee: string }> {
    const callee = `+1555${String(3_000_000 + this.#callees++)}`;
    const user = await this.#store.ensureUser(SYSTEM, callee, 'Alice');
    const { mandates } = this.payments;
    const { mandate, linkToken: token } = await mandates.offer(SYSTEM, {
      userId: user.id,
      payer: { name: 'Carol' },
      perCallCents: options.perCallCents ?? CAP_CENTS,
      perMonthCents: options.perMonthCents ?? 10 * CAP_CENTS,
      textShown: 'Calls to Alice.',
      answerMs: 600_000,
      validMs: options.validMs ?? 3_600_000,
    });
    if (options.card !== null) {
      const { url } = await mandates.approve(token, 'test');
      await this.payAt(url, options.card);
      await this.run('observe-setup', { sessionId: url.split('/').at(-1) ?? '' });
    }
    return { mandateId: mandate.id, token, callee };
  }

  /** A call that its payer approved beforehand. */
  async callUnder({ mandateId, callee }: { mandateId: string; callee: string }) {
    const user = await this.#store.ensureUser(SYSTEM, callee, 'Alice');
    const plan = {
      userId: user.id,
      persona: 'brad',
      direction: 'outbound',
      toNumber: callee,
      fromNumber: '+15550199',
    } as const;
    const { call, linkToken } = await this.database.db.as(SYSTEM, (tx) =>
      this.#funding.underMandate(tx, plan, mandateId),
    );
    return { callId: call.id, capCents: call.capCents, token: linkToken };
  }

  /** Approves and pays at Stripe. Nothing tells us of it yet. */
  async pay(token: string, card = '4242424242424242', savesCard = false): Promise<void> {
    const { checkoutUrl } = await this.payments.approvals.approve(token, { from: 'test', savesCard });
    await this.payAt(checkoutUrl, card);
  }

  async payAt(checkoutUrl: string, card = '4242424242424242'): Promise<void> {
    const press = (url: string, fields: Record<string, string>) =>
      fetch(url, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
    const response = await press(checkoutUrl, { card, do: 'pay' });
    await response.text();
    const location = response.headers.get('location') ?? '';
    if (location.startsWith('/c/bank/'))
      await (await press(new URL(location, checkoutUrl).href, { do: 'complete' })).text();
  }

  /** What the payer does on their bank's page. Returns where it leads. */
  async atBank(url: string, answer: 'complete' | 'fail'): Promise<string> {
    const response = await fetch(url, {
      method: 'POST',
      body: new URLSearchParams({ do: answer }),
      redirect: 'manual',
    });
    await response.text();
    return response.headers.get('location') ?? '';
  }

  /** A call whose money is held and that has been dialled. */
  async heldCall(
    options: Parameters<MoneyHouse['offer']>[0] = {},
  ): Promise<{ callId: string; intentId: string }> {
    const { callId, token } = await this.offer(options);
    await this.pay(token);
    const { id: intentId } = this.intentOf(callId);
    await this.run('observe-intent', { intentId });
    await this.run('dial-approved-call', { callId });
    return { callId, intentId };
  }

  /** The call is over and its bill is frozen. */
  async end(callId: string, totalCents: number): Promise<void> {
    const bill = { ...EMPTY_BILL, totalCostCents: totalCents, subtotalCents: totalCents };
    await this.#store.end(callId, 'live', 'persona-said-goodbye', bill);
  }

  run(job: string, payload: Record<string, string>): Promise<void> {
    const body = this.#jobs[job];
    if (body === undefined) throw new Error(`there is no job ${job}`);
    return body(payload);
  }

  settle(callId: string): Promise<void> {
    return this.run('settle-call', { callId });
  }

  /** As the queue does: again after each failure. Returns how often it was tried. */
  async settleAtLast(callId: string): Promise<number> {
    for (let tries = 1; tries <= 8; tries++) {
      const failed = await this.settle(callId).then(
        () => false,
        () => true,
      );
      if (!failed && (await this.settlement(callId))?.state !== 'settling') return tries;
    }
    throw new Error('the call was never settled');
  }

  async sweep(): Promise<void> {
    for (const sweep of this.payments.sweeps) await sweep.run();
  }

  /** Runs every job that is due in the real queue, once through; what fails waits for its next try. */
  async work(): Promise<void> {
    const taskList = Object.fromEntries(
      Object.entries(this.#jobs).map(([name, job]) => [
        name,
        (payload: unknown) => job(payload as Record<string, string>),
      ]),
    );
    await runOnce({
      connectionString: this.database.serverUrl,
      taskList,
      noHandleSignals: true,
      logger: new Logger(() => () => undefined),
    });
  }

  intentsOf(callId: string): PaymentIntent[] {
    return [...this.stripe.ledger.intents.values()].filter(({ metadata }) => metadata.call_id === callId);
  }

  /** What Stripe gave back of a call. */
  refundsOf(callId: string) {
    const intents = new Set(this.intentsOf(callId).map(({ id }) => id));
    return [...this.stripe.ledger.refunds.values()].filter((refund) => intents.has(refund.payment_intent));
  }

  /** The one intent of a call. */
  intentOf(callId: string): PaymentIntent {
    const [intent, ...more] = this.intentsOf(callId);
    if (intent === undefined || more.length > 0) throw new Error('there is not exactly one intent');
    return intent;
  }

  async settlement(callId: string) {
    const [row] = await this.database.db.as(SYSTEM, (tx) =>
      tx.select().from(settlements).where(eq(settlements.callId, callId)),
    );
    return row;
  }

  async hold(callId: string) {
    const [row] = await this.database.db.as(SYSTEM, (tx) =>
      tx.select().from(holds).where(eq(holds.callId, callId)),
    );
    return row;
  }

  async call(callId: string) {
    const [row] = await this.database.db.as(SYSTEM, (tx) =>
      tx.select().from(calls).where(eq(calls.id, callId)),
    );
    return row;
  }

  async alerts(callId: string): Promise<string[]> {
    const rows = await this.database.db.as(SYSTEM, (tx) =>
      tx.select().from(alerts).where(eq(alerts.callId, callId)),
    );
    return rows.map(({ kind }) => kind);
  }

  /** Requests that Stripe was sent, as `METHOD path`, since a moment. */
  requests(sinceIndex = 0): string[] {
    return this.journal
      .entries('stripe')
      .slice(sinceIndex)
      .filter(({ what }) => what === 'rest')
      .map(({ detail }) => `${String(detail.method)} ${String(detail.pathname)}`);
  }

  /** Idempotency keys of the requests to a path. */
  keysOf(path: string, sinceIndex: number): string[] {
    return this.journal
      .entries('stripe')
      .slice(sinceIndex)
      .filter(({ what, detail }) => what === 'rest' && String(detail.pathname).endsWith(path))
      .map(({ detail }) => String(detail.key));
  }
}
