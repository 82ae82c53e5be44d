import type { AddressInfo } from 'node:net';
import { openDatabase } from '../db/connection.ts';
import { openAccess } from './access.ts';
import { LiveBoard } from './call/live-board.ts';
import { Receiver } from './call/receiver.ts';
import { CallRecords } from './call/records.ts';
import { openCalling } from './calling.ts';
import { systemClock } from './clock.ts';
import { type Closer, closeAll, closeWithin } from './closing.ts';
import type { Config } from './config.ts';
import { CostAnalytics } from './cost/analytics.ts';
import { Budgets } from './cost/budget-store.ts';
import { CallExplanations } from './cost/explanation.ts';
import { houseCostBooks } from './cost/house-costs.ts';
import { RateCards } from './cost/rate-card-store.ts';
import { openDatabaseServer } from './database.ts';
import { BrowserLines } from './dev-phone/lines.ts';
import { openDevPhone } from './dev-phone.ts';
import { budgetRoutes } from './http/api/budgets.ts';
import { callLogRoutes } from './http/api/call-logs.ts';
import { callRoutes } from './http/api/calls.ts';
import { costRoutes } from './http/api/costs.ts';
import { instanceRoutes } from './http/api/instances.ts';
import { liveRoutes } from './http/api/live.ts';
import { paymentRoutes } from './http/api/payments.ts';
import { rateCardRoutes } from './http/api/rate-cards.ts';
import { userRoutes } from './http/api/users.ts';
import { mandatePages } from './http/pages/mandate.ts';
import { metricsPage } from './http/pages/metrics.ts';
import { payPages } from './http/pages/pay.ts';
import { attachHttp } from './http/server.ts';
import { startJobs } from './jobs/runner.ts';
import { closeServer, listen } from './listening.ts';
import { openModels } from './llm/configured.ts';
import type { Logger } from './log.ts';
import { openPayments } from './payments/desk.ts';
import { MoneyView } from './payments/money-view.ts';
import { rehearse } from './rehearsal/rehearsal.ts';
import { openRemembering } from './remembering.ts';
import { withSandbox } from './sandbox-settings.ts';
import { Keys } from './security/keys.ts';
import { derivedMasterKey } from './security/master-keys.ts';
import { retentionSweep } from './security/retention.ts';
import { openServing } from './serving.ts';
import { FloodGuard } from './telephony/flood-guard.ts';
import { serveMediaSocket } from './telephony/media-socket.ts';
import { TwilioSignatures } from './telephony/signatures.ts';
import { twilioCarrier } from './telephony/twilio-client.ts';
import { twilioRecordings } from './telephony/twilio-recordings.ts';
import { twilioWebhooks } from './telephony/webhooks.ts';
import { openTelling } from './telling.ts';
import { openVoices } from './voices.ts';

/** A running server. */
export interface App {
  config: Config;
  port: number;
  publicBaseUrl: string;
  /** With which the first admin signs in; null when there has been one. */
  bootstrapUrl: string | null;
  /** Says goodbye on live calls, closes their books and then everything else. */
  stop(): Promise<void>;
}

const GIVE_UP_CLOSING_MS = 10_000;

/**
 * The composition root: the only place that knows every part. Opens things in order; whatever fails,
 * what was opened is closed again, last opened first.
 */
export async function startApp(configured: Config, log: Logger): Promise<App> {
  const closers: Closer[] = [];
  try {
    const config = await withSandbox(configured, closers);
    const databaseUrl = await openDatabaseServer(config, closers, log);
    const db = openDatabase(databaseUrl);
    closers.push(() => db.close());
    const server = await listen(config.port);
    closers.push(() => closeServer(server));
    const { port } = server.address() as AddressInfo;
    const publicBaseUrl = config.publicBaseUrl ?? `http://127.0.0.1:${port}`;
    const instanceBaseUrl = config.instancePublicBaseUrl ?? publicBaseUrl;

    const keys = await Keys.open(db, [...config.encryptionKeys, derivedMasterKey(databaseUrl)]);
    const records = new CallRecords(db, keys);
    const rateCards = new RateCards(db, systemClock);
    await rateCards.ensureDefaults();
    const bookHouseCosts = houseCostBooks(db, rateCards);
    const telling = openTelling({ config, db, keys, rateCards, bookHouseCosts, publicBaseUrl, log });
    const twilio = { ...config.twilio, apiBaseUrl: config.vendors.twilio.baseUrl, publicBaseUrl };
    const lines = new BrowserLines(systemClock);
    const carrier = lines.beside(twilioCarrier(twilio));
    const { voices, structured, vendors } = await openVoices(config, log, closers);
    const serving = openServing({
      config,
      db,
      databaseUrl,
      vendors,
      instanceBaseUrl,
      liveCalls: () => calling.liveCalls(),
      log,
    });
    const { instance } = serving;
    closers.push(() => instance.stop());
    const remembering = await openRemembering({
      config,
      db,
      databaseUrl,
      keys,
      rateCards,
      models: structured,
      log,
    });
    await remembering.personas.sync();
    const calling = openCalling({
      ...telling,
      ...serving,
      config,
      db,
      rateCards,
      bookHouseCosts,
      records,
      keys,
      carrier,
      recordingCarrier: twilioRecordings(twilio),
      remembering,
      voices,
      publicBaseUrl,
      log,
    });
    const { store, calls, dialer } = calling;
    await rehearse({
      openModel: (origin) => openModels(config, origin, log),
      vad: voices.vad,
      clock: systemClock,
      log,
    });
    closers.push(() => calls.drain(0));
    closers.push(await calls.listen());
    closers.push(await calling.watching.listen());
    const access = openAccess({ ...telling, config, db, consents: calling.consents, publicBaseUrl, log });
    const analytics = new CostAnalytics(db, rateCards, config.feePolicy);
    const explanations = new CallExplanations(db, rateCards);
    const money = new MoneyView(db);
    const currentBill = (callId: string) => calls.currentBill(callId);
    const payments =
      config.vendors.stripe.mode === 'off'
        ? null
        : openPayments({
            db,
            stripe: config.vendors.stripe,
            webhookSecret: config.stripeWebhookSecret,
            registersWebhook: config.vendors.stripe.mode !== 'live',
            publicBaseUrl,
            calls: {
              assertMayRing: (callId) => dialer.assertMayRing(callId),
              revoke: (callId) => calls.revoke(callId),
            },
            clock: systemClock,
            log,
          });
    const receiver = new Receiver({
      ...calling,
      hasRoom: serving.hasRoom,
      vendorCeiling: config.vendorCeiling,
      db,
      carrier,
      holdNow: payments === null ? () => Promise.resolve(false) : payments.holdNow,
      issueStreamToken: (callId, attempt) => calls.issueStreamToken(callId, attempt),
      log,
    });
    const devPhone = openDevPhone({
      config,
      db,
      receiver,
      personas: remembering.personas,
      dialer,
      lines,
      calls,
      store,
      publicBaseUrl,
      log,
    });
    const signatures = new TwilioSignatures(config.twilio.authToken, publicBaseUrl);
    const streamSignatures = new TwilioSignatures(config.twilio.authToken, instanceBaseUrl);
    attachHttp(server, {
      db,
      publicBaseUrl,
      trustedProxies: config.trustedProxies,
      log,
      routes: [
        ...access.routes,
        ...callRoutes({
          db,
          calls,
          watching: calling.watching,
          dialer,
          store,
          explanations,
          recordings: calling.recordings,
          publicBaseUrl,
        }),
        ...callLogRoutes({ store, records }),
        ...devPhone.routes,
        ...liveRoutes(new LiveBoard({ db, watching: calling.watching, clock: systemClock, log })),
        ...telling.routes,
        ...instanceRoutes(db, instance),
        ...calling.routes,
        ...remembering.routes,
        ...userRoutes(db),
        ...budgetRoutes({ budgets: new Budgets(db), rateCards, feePolicy: config.feePolicy }),
        ...rateCardRoutes(rateCards),
        ...costRoutes({ db, analytics, explanations, wallMs: () => systemClock.wallMs() }),
        ...(payments === null
          ? []
          : paymentRoutes({ db, dialer, money, store, ...payments, ...telling, currentBill, publicBaseUrl })),
      ],
      twilioWebhooks: twilioWebhooks({
        ...telling,
        ...calling,
        receiver,
        floodGuard: new FloodGuard(systemClock),
        signatures,
        streamBaseUrl: instanceBaseUrl,
        log,
      }),
      memoryWebhooks: remembering.webhooks,
      bootstrapPage: access.bootstrapPage,
      payments:
        payments === null
          ? null
          : {
              webhook: payments.webhook,
              mandatePages: mandatePages({ mandates: payments.mandates, log }),
              pages: payPages({
                approvals: payments.approvals,
                rateCards,
                store,
                money,
                currentBill,
                log,
              }),
            },
      isValidMediaUpgrade: (request) => streamSignatures.isValidUpgrade(request),
      onMediaSocket: (socket) => serveMediaSocket(socket, { calls, clock: systemClock, log }),
      onBrowserSocket: devPhone.onSocket,
      metricsPage: metricsPage({ db, publicBaseUrl, metrics: serving.metrics }),
      reasonsNotReady: () => instance.reasonsNotReady(),
    });
    await payments?.listen();
    await instance.serve();
    const jobs = await startJobs({
      db,
      databaseUrl,
      jobs: { ...calling.jobs, ...payments?.jobs, ...telling.jobs, ...remembering.jobs },
      sweeps: [
        ...(payments?.sweeps ?? []),
        ...telling.sweeps,
        ...remembering.sweeps,
        ...calling.sweeps,
        retentionSweep(db, { webhookDays: config.webhookRetentionDays }, log),
      ],
      leads: () => instance.leads,
      clock: systemClock,
      log,
    });
    closers.push(() => jobs.stop());
    return {
      config,
      port,
      publicBaseUrl,
      bootstrapUrl: await access.bootstrapUrl(),
      async stop() {
        await instance.drain();
        await calls.drain(config.drainMs);
        await closeAll(closers);
      },
    };
  } catch (error) {
    await closeWithin(GIVE_UP_CLOSING_MS, closers, { clock: systemClock, log });
    throw error;
  }
}
