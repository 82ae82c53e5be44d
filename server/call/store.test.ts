import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTemporaryDatabase, type TemporaryDatabase } from '../../db/temporary.ts';
import { claimDial } from '../../test/dialing.ts';
import { systemClock } from '../clock.ts';
import { EMPTY_BILL } from '../cost/bill.ts';
import { RateCards } from '../cost/rate-card-store.ts';
import { Funding } from '../payments/funding.ts';
import { newSecret } from '../secrets.ts';
import { CallStore } from './store.ts';

let database: TemporaryDatabase;
let store: CallStore;
let funding: Funding;
let callees = 0;
const SYSTEM = { kind: 'system', purpose: 'test' } as const;
const { hash } = newSecret();

beforeAll(async () => {
  database = await openTemporaryDatabase();
  store = new CallStore(database.db);
  const rateCards = new RateCards(database.db, systemClock);
  await rateCards.ensureDefaults();
  funding = new Funding(database.db, rateCards, 'on_subtotal');
});
afterAll(() => database.close());

async function newCall(): Promise<string> {
  const user = await store.ensureUser(SYSTEM, `+155501${String(++callees).padStart(2, '0')}`, 'Alice');
  const plan = {
    userId: user.id,
    persona: 'brad',
    direction: 'outbound',
    toNumber: '+15550100',
    fromNumber: '+15550199',
  } as const;
  const { call } = await database.db.as(SYSTEM, (tx) => funding.sponsor(tx, plan));
  await claimDial(database.db, call.id);
  return call.id;
}

async function liveCall(): Promise<{ callId: string; carrierSid: string }> {
  const callId = await newCall();
  const carrierSid = `CA-${callId}`;
  await store.setStreamToken(callId, 1, hash);
  await store.claimStream(callId, hash, carrierSid, 'MZ1');
  return { callId, carrierSid };
}

const stateOf = async (callId: string) => (await store.find(SYSTEM, callId))?.state;

describe('the state of a call', () => {
  it('does not go back when a callback comes in after the stream was opened', async () => {
    const { callId } = await liveCall();
    await store.applyStatus(callId, 1, {
      sequence: 1,
      status: 'ringing',
      state: 'ringing',
      durationSeconds: null,
    });
    expect(await stateOf(callId)).toBe('live');
  });

  it('goes forward with callbacks, the newest winning', async () => {
    const callId = await newCall();
    await store.applyStatus(callId, 1, {
      sequence: 1,
      status: 'ringing',
      state: 'ringing',
      durationSeconds: null,
    });
    await store.applyStatus(callId, 1, {
      sequence: 0,
      status: 'initiated',
      state: 'dialing',
      durationSeconds: null,
    });
    expect(await store.find(SYSTEM, callId)).toMatchObject({ state: 'ringing', carrierStatus: 'ringing' });
  });

  it('of a live call is ended only by the process that holds its stream', async () => {
    const { callId } = await liveCall();
    expect(await store.end(callId, 'unanswered', 'completed', EMPTY_BILL)).toBe(false);
    expect(await store.end(callId, 'live', 'caller-hung-up', EMPTY_BILL)).toBe(true);
    expect(await store.end(callId, 'live', 'silence', EMPTY_BILL)).toBe(false);
    expect((await store.find(SYSTEM, callId))?.endReason).toBe('caller-hung-up');
  });

  it('lets a stream be claimed once, by twenty at a time', async () => {
    const callId = await newCall();
    await store.setStreamToken(callId, 1, hash);
    const claims = await Promise.all(
      Array.from({ length: 20 }, () => store.claimStream(callId, hash, 'CA-once', 'MZ1')),
    );
    expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
  });
});
