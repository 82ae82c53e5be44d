import { eq } from 'drizzle-orm';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { budgetWarnings, houseCosts, messages } from '../../db/schema/index.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../../db/temporary.ts';
import {
  CLOSED_PORT_URL,
  credentials,
  startTestSandbox,
  type TestSandbox,
  until,
} from '../../test/sandbox.ts';
import { CallStore } from '../call/store.ts';
import { systemClock } from '../clock.ts';
import { EMPTY_BILL } from '../cost/bill.ts';
import { houseCostBooks } from '../cost/house-costs.ts';
import { RateCards } from '../cost/rate-card-store.ts';
import { Suppressions } from '../dialing/suppressions.ts';
import { Funding } from '../payments/funding.ts';
import { twilioSms } from './sms.ts';
import { SEND_TEXT_JOB, Texts } from './texts.ts';

let database: TemporaryDatabase;
let sandbox: TestSandbox;
let store: CallStore;
let funding: Funding;
let texts: Texts;
let nextNumber = 15_554_700;
const SYSTEM = { kind: 'system', purpose: 'test' } as const;

beforeAll(async () => {
  [database, sandbox] = await Promise.all([openTemporaryDatabase(), startTestSandbox()]);
  const { db } = database;
  const rateCards = new RateCards(db, systemClock);
  await rateCards.ensureDefaults();
  store = new CallStore(db);
  funding = new Funding(db, rateCards, 'on_subtotal');
  const sms = twilioSms({
    ...credentials,
    phoneNumber: '+15550199',
    apiBaseUrl: sandbox.urls.twilio,
    publicBaseUrl: CLOSED_PORT_URL,
  });
  texts = new Texts({
    db,
    sms,
    rateCards,
    bookHouseCosts: houseCostBooks(db, rateCards),
    suppressions: new Suppressions(db),
    publicBaseUrl: CLOSED_PORT_URL,
    log: pino({ level: 'silent' }),
  });
});
afterAll(async () => {
  await sandbox?.close();
  await database?.close();
});

/** A text that waits to be sent, about a call's warning. */
async function queuedText(
  to = `+${nextNumber++}`,
): Promise<{ messageId: string; callId: string; to: string }> {
  const { id: userId } = await store.ensureUser(SYSTEM, to, 'Alice');
  const plan = {
    userId,
    persona: 'brad',
    direction: 'outbound',
    toNumber: to,
    fromNumber: '+15550199',
  } as const;
  const { call } = await database.db.as(SYSTEM, (tx) => funding.sponsor(tx, plan));
  const messageId = await database.db.as(SYSTEM, async (tx) => {
    await tx.insert(budgetWarnings).values({ callId: call.id, userId, spentCents: 75, capCents: 100 });
    for (let times = 0; times < 2; times++)
      await texts.queue(tx, { userId, callId: call.id, kind: 'budget-warning' });
    const [row] = await tx.select().from(messages).where(eq(messages.callId, call.id));
    return row?.id ?? '';
  });
  return { messageId, callId: call.id, to };
}

const send = (messageId: string) => texts.jobs[SEND_TEXT_JOB]?.({ messageId });
const sweep = async () => {
  for (const { run } of texts.sweeps) await run();
};
const rowOf = async (messageId: string) =>
  (await database.db.as(SYSTEM, (tx) => tx.select().from(messages).where(eq(messages.id, messageId))))[0];
const sentTo = async (to: string) =>
  (await sandbox.journal('twilio')).filter(
    ({ detail }) => (detail.form as { To?: string } | undefined)?.To === to,
  );

describe('a text', () => {
  it('is sent once however often its job runs, and costs the house what the carrier bills, once', async () => {
    const { messageId, callId, to } = await queuedText();
    await Promise.all([send(messageId), send(messageId)]);
    await send(messageId);
    expect(await sentTo(to)).toHaveLength(1);
    expect(await rowOf(messageId)).toMatchObject({ state: 'sent', segments: 1 });

    await sweep();
    expect(await store.costEvents(SYSTEM, callId)).toEqual([]); // its call goes on
    await store.end(callId, 'live', 'persona-said-goodbye', EMPTY_BILL);
    await Promise.all([sweep(), sweep()]);
    const [event, ...more] = await store.costEvents(SYSTEM, callId);
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      type: 'sms_message',
      units: 1n,
      retailMicroCents: 0n,
      vendorMicroCents: 830_000n,
    });
    expect(await database.db.as(SYSTEM, (tx) => tx.select().from(houseCosts))).toEqual([]);
  });

  it('that the carrier refuses is not tried again', async () => {
    const { messageId, to } = await queuedText();
    await sandbox.fault({ vendor: 'twilio', kind: 'status', status: 500 });
    await send(messageId);
    await send(messageId);
    expect(await rowOf(messageId)).toMatchObject({ state: 'failed', carrierSid: null });
    expect(await sentTo(to)).toHaveLength(1);
  });

  it('that the carrier refuses because of a STOP we never heard of suppresses the number', async () => {
    const { messageId, to } = await queuedText();
    const stop = { from: to, to: '+15550199', body: 'Stop', url: CLOSED_PORT_URL };
    await expect(sandbox.textIn(stop)).rejects.toThrow();
    await send(messageId);
    expect(await rowOf(messageId)).toMatchObject({ state: 'failed', failure: 'twilio_21610' });
    expect(await new Suppressions(database.db).isSuppressed(to)).toBe(true);
    const again = await queuedText(to);
    await send(again.messageId);
    expect(await rowOf(again.messageId)).toMatchObject({ state: 'failed', failure: 'suppressed' });
    expect(await sentTo(to)).toHaveLength(1);
  });

  it('is where the carrier last said, whatever order it says it in', async () => {
    const told = async (...words: [string, string?][]) => {
      const { messageId } = await queuedText();
      await send(messageId);
      for (const [status, code] of words) await texts.onStatus(messageId, status, code);
      return rowOf(messageId);
    };
    expect(await told(['sent'], ['delivered'])).toMatchObject({ state: 'delivered', failure: null });
    expect(await told(['delivered'], ['sent'], ['delivered'])).toMatchObject({ state: 'delivered' });
    expect(await told(['undelivered', '30003'], ['sent'])).toMatchObject({
      state: 'undelivered',
      failure: 'twilio_30003',
    });
    expect(await told(['accepted'], ['nonsense'])).toMatchObject({ state: 'sent' });
    const { messageId } = await queuedText();
    await sandbox.fault({ vendor: 'twilio', kind: 'slow', delayMs: 500 });
    const sending = send(messageId);
    await until('it is handed over', async () => (await rowOf(messageId))?.state === 'sending');
    await texts.onStatus(messageId, 'delivered', undefined); // faster than the answer to our request
    await sending;
    expect(await rowOf(messageId)).toMatchObject({ state: 'delivered', carrierSid: expect.any(String) });
  });

  it('whose sending was cut off is given up, and one whose job was lost is taken up', async () => {
    const [cutOff, lost] = [await queuedText(), await queuedText()];
    await database.db.as(SYSTEM, async (tx) => {
      const longAgo = { createdAt: new Date(0) };
      await tx
        .update(messages)
        .set({ ...longAgo, state: 'sending' })
        .where(eq(messages.id, cutOff.messageId));
      await tx.update(messages).set(longAgo).where(eq(messages.id, lost.messageId));
      await tx.execute('delete from graphile_worker._private_jobs');
    });
    await sweep();
    expect((await rowOf(cutOff.messageId))?.state).toBe('failed');
    const jobs = await database.db.as(SYSTEM, (tx) =>
      tx.execute<{ payload: { messageId: string } }>('select payload from graphile_worker._private_jobs'),
    );
    expect(jobs.map(({ payload }) => payload.messageId)).toEqual([lost.messageId]);
  });
});
