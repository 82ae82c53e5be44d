import http from 'node:http';
import { and, eq, sql } from 'drizzle-orm';
import express from 'express';
import { openDatabase } from '../../db/connection.ts';
import { calls } from '../../db/schema/index.ts';
import { CallStore } from '../../server/call/store.ts';
import { sleep, systemClock } from '../../server/clock.ts';
import { EMPTY_BILL } from '../../server/cost/bill.ts';
import { DIAL_JOB } from '../../server/dialing/attempts.ts';
import { startJobs } from '../../server/jobs/runner.ts';
import { createLogger } from '../../server/log.ts';
import { openPayments } from '../../server/payments/desk.ts';
import { claimDial } from '../dialing.ts';
import { billOfCall } from './bills.ts';

/**
 * An instance of the server as far as money goes: webhooks, jobs and sweeps over the real code. Its calls have no
 * sound: they are claimed, last a moment and end with the bill that was drawn for them. It is killed at any point.
 */

const { CHAOS_DATABASE_URL = '', CHAOS_STRIPE_URL = '', CHAOS_SECRET = '', CHAOS_PORT = '0' } = process.env;
/** A sweep every few seconds instead of every few minutes: the run is short. */
const SWEEP_MS = 3_000;
const CALL_MS = 30;
/** What the carrier would tell of a call whose process died. */
const LOST_AFTER = '3 seconds';

const log = createLogger(process.env.LOG_LEVEL ?? 'silent');
const db = openDatabase(CHAOS_DATABASE_URL, { maxConnections: 6 });
const store = new CallStore(db);

async function endCall(callId: string): Promise<void> {
  const cents = billOfCall(callId);
  const bill = { ...EMPTY_BILL, subtotalCents: cents, totalCostCents: cents };
  await store.end(callId, 'live', cents === 0 ? 'no-answer' : 'persona-said-goodbye', bill);
}

async function dial(callId: string): Promise<void> {
  if (!(await claimDial(db, callId))) return;
  await sleep(systemClock, CALL_MS);
  await endCall(callId);
}

const payments = openPayments({
  db,
  stripe: { apiKey: 'sk_test', baseUrl: CHAOS_STRIPE_URL },
  webhookSecret: CHAOS_SECRET,
  registersWebhook: false,
  publicBaseUrl: 'http://127.0.0.1',
  calls: {
    assertMayRing: () => Promise.resolve(),
    revoke: () => undefined,
  },
  clock: systemClock,
  log,
});

const app = express();
app.use('/stripe/webhook', payments.webhook);
app.use(((_error, _request, response, _next) => {
  response.status(500).end();
}) satisfies express.ErrorRequestHandler);
const server = http.createServer(app);
server.listen(Number(CHAOS_PORT), '127.0.0.1');

await startJobs({
  db,
  databaseUrl: CHAOS_DATABASE_URL,
  leads: () => true, // every worker sweeps: two at once must not harm either
  jobs: { ...payments.jobs, [DIAL_JOB]: ({ callId = '' }) => dial(callId) },
  sweeps: [
    ...payments.sweeps,
    {
      name: 'calls whose process died',
      everyMs: SWEEP_MS,
      run: async () => {
        const lost = await db.as({ kind: 'system', purpose: 'chaos' }, (tx) =>
          tx
            .select({ id: calls.id })
            .from(calls)
            .innerJoin(sql`holds h`, sql`h.call_id = ${calls.id}`)
            .where(and(eq(calls.state, 'dialing'), sql`h.updated_at < now() - ${LOST_AFTER}::interval`)),
        );
        for (const { id } of lost) await endCall(id);
      },
    },
  ].map((sweep) => ({ ...sweep, everyMs: SWEEP_MS })),
  clock: systemClock,
  log,
});
process.send?.({ type: 'ready' });
process.on('disconnect', () => process.exit(0));
