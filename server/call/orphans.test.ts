import http from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTemporaryDatabase, type TemporaryDatabase } from '../../db/temporary.ts';
import { claimDial } from '../../test/dialing.ts';
import { credentials, startTestSandbox, type TestSandbox, until } from '../../test/sandbox.ts';
import { systemClock } from '../clock.ts';
import { RateCards } from '../cost/rate-card-store.ts';
import { CallCostTracker } from '../cost/tracker.ts';
import { Attempts } from '../dialing/attempts.ts';
import { DialSettings } from '../dialing/house-settings.ts';
import { defaultPolicy } from '../dialing/policy.ts';
import { Funding } from '../payments/funding.ts';
import { newSecret } from '../secrets.ts';
import { twilioCarrier } from '../telephony/twilio-client.ts';
import { orphanSweep } from './orphans.ts';
import type { Carrier } from './ports.ts';
import { CallStore } from './store.ts';

/** What is left of a call when its process is gone: rows, and a line that is still open at the carrier. */

let database: TemporaryDatabase;
let sandbox: TestSandbox;
let store: CallStore;
let funding: Funding;
let carrier: Carrier;
let attempts: Attempts;
let server: http.Server;
const log = pino({ level: 'silent' });
const SYSTEM = { kind: 'system', purpose: 'test' } as const;

beforeAll(async () => {
  [database, sandbox] = await Promise.all([openTemporaryDatabase(), startTestSandbox()]);
  store = new CallStore(database.db);
  const rateCards = new RateCards(database.db, systemClock);
  await rateCards.ensureDefaults();
  attempts = new Attempts(database.db, new DialSettings(database.db, defaultPolicy(false)));
  funding = new Funding(database.db, rateCards, 'on_subtotal');
  server = http.createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/xml' }).end('<Response><Pause length="120"/></Response>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  carrier = twilioCarrier({
    ...credentials,
    phoneNumber: '+15550199',
    apiBaseUrl: sandbox.urls.twilio,
    publicBaseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  });
});
afterAll(async () => {
  await sandbox?.close();
  server?.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  await database?.close();
});

async function plannedCall(number: string) {
  const user = await store.ensureUser(SYSTEM, number, 'Alice');
  const plan = { userId: user.id, persona: 'brad', toNumber: number, fromNumber: '+15550199' };
  const { call, terms } = await database.db.as(SYSTEM, (tx) =>
    funding.sponsor(tx, { ...plan, direction: 'outbound' }),
  );
  return { call, terms };
}

async function dialled({ id: callId, toNumber: to }: { id: string; toNumber: string }): Promise<string> {
  const result = await carrier.dial({ callId, attempt: 1, to, timeLimitSeconds: 300, awaitsTone: false });
  if (result.kind !== 'dialed') throw new Error(result.problem);
  return result.carrierSid;
}

const sweep = () =>
  orphanSweep({ store, funding, carrier, attempts, clock: systemClock, log, silentMs: 0 }).run();
const find = async (callId: string) => store.find(SYSTEM, callId);

describe('a call whose process died', () => {
  it('case 39: is hung up, and billed by what was saved and the carrier’s time, once', async () => {
    const { call, terms } = await plannedCall('+15550601');
    await claimDial(database.db, call.id);
    const carrierSid = await dialled(call);
    await attempts.dialed(call.id, 1, carrierSid);
    const { hash } = newSecret();
    await store.setStreamToken(call.id, 1, hash);
    await store.claimStream(call.id, hash, carrierSid, 'MZ1');
    const costs = new CallCostTracker({ callId: call.id, terms, clock: systemClock });
    costs.trackCallDuration({ direction: 'outbound', carrierSid });
    costs.trackTTS('x'.repeat(1_000), 'context-1');
    costs.trackAIInference(1_000, 100, 'cerebras', 'completion-1');
    await store.saveCosts(call, [...costs.unsaved()]);
    await until('the call is answered', async () => !(await carrier.look(carrierSid)).isOver);

    await sweep();
    await until('the carrier has hung up', async () => (await carrier.look(carrierSid)).isOver);
    await Promise.all([sweep(), sweep()]);

    expect(await find(call.id)).toMatchObject({ state: 'ended', endReason: 'process-died' });
    const events = await store.costEvents(SYSTEM, call.id);
    const retail = events.reduce((sum, event) => sum + event.retailMicroCents, 0n);
    const breakdown = await store.breakdown(SYSTEM, call.id);
    expect(breakdown?.subtotalCents).toBe(Number((retail + 500_000n) / 1_000_000n));
    expect(breakdown?.subtotalCents).toBe(65 + 30 + 1); // a started minute, 1,000 characters, the model
    expect(new Set(events.map(({ seq }) => seq)).size).toBe(events.length);
  });

  it('that was never dialled for certain is ended without a bill', async () => {
    const { call } = await plannedCall('+15550602');
    await claimDial(database.db, call.id);
    await sweep();
    expect(await find(call.id)).toMatchObject({ state: 'ended', endReason: 'dial-lost' });
    expect(await store.breakdown(SYSTEM, call.id)).toMatchObject({ totalCostCents: 0 });
  });

  it('that rings although nobody noted it is found at the carrier, and hung up', async () => {
    const { call } = await plannedCall('+15550604');
    await claimDial(database.db, call.id);
    const carrierSid = await dialled(call);
    await sweep();
    expect(await find(call.id)).toMatchObject({ state: 'dialing', carrierSid });
    await sweep();
    await until('the carrier has hung up', async () => (await carrier.look(carrierSid)).isOver);
    await sweep();
    expect(await find(call.id)).toMatchObject({ state: 'ended', endReason: 'process-died' });
  });

  it('is left alone while its process says that it holds it', async () => {
    const { call } = await plannedCall('+15550603');
    await claimDial(database.db, call.id);
    await store.heartbeat([call.id]);
    await orphanSweep({ store, funding, carrier, attempts, clock: systemClock, log }).run();
    expect(await find(call.id)).toMatchObject({ state: 'dialing' });
  });
});
