import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { issueToken } from '../server/http/access/tokens.ts';
import { startTestApp, type TestApp } from './app.ts';
import { Payer } from './payer.ts';
import { PolicyChanges } from './policy.ts';
import { until } from './sandbox.ts';
import { zoneAt } from './zones.ts';

/** Texts around calls: links, receipts, summaries, "call me", and whether each arrived. */

let test: TestApp;
let payer: Payer;
beforeAll(async () => {
  test = await startTestApp();
  payer = new Payer(test);
});
afterAll(() => test?.close());
const changes = new PolicyChanges();
afterEach(() => changes.undo(test));

interface Call {
  id: string;
  userId: string;
  carrierSid: string;
  state: string;
  toNumber: string;
  endReason: string | null;
}

let nextNumber = 15_551_700;
const newNumber = () => `+${nextNumber++}`;
const textsTo = async (number: string) =>
  (await test.sandbox.journal('twilio'))
    .filter(({ detail }) => String(detail.pathname).endsWith('/Messages.json'))
    .map(({ detail }) => detail.form as Record<string, string>)
    .filter(({ To }) => To === number)
    .map(({ Body }) => Body ?? '');
const messages = async (token?: string) =>
  (
    (await test.api('/api/messages', token === undefined ? {} : { token })).json as {
      messages: Array<{ kind: string; state: string; callId: string | null; failure: string | null }>;
    }
  ).messages;
const texts = (from: string, body: string) =>
  test.sandbox.textIn({
    from,
    to: '+15550199',
    body,
    url: `${test.app.publicBaseUrl}/twilio/sms`,
  });
const view = async (id: string) => (await test.api(`/api/calls/${id}`)).json as Call;
const callsTo = async (number: string) =>
  ((await test.api('/api/calls?limit=200')).json as { calls: Call[] }).calls.filter(
    ({ toNumber }) => toNumber === number,
  );
const ended = async (id: string) => {
  await until('the call is over', async () => (await view(id)).state === 'ended', 60_000);
  return view(id);
};
const talks = (number: string, ...lines: string[]) =>
  test.sandbox.putCaller(number, {
    answerAfterMs: 50,
    lines: [
      { cue: { after: 'answer', delayMs: 100 }, text: 'Hello?' },
      ...lines.map((text) => ({ cue: { after: 'reply' as const, delayMs: 400 }, text })),
    ],
  });
const hasMet = async (number: string) => {
  await test.sandbox.putCaller(number, { answerAfterMs: null, lines: [] });
  const body = { to: number, displayName: 'Alice', persona: 'brad' };
  const { id } = (await test.api('/api/calls', { method: 'POST', body })).json as Call;
  await test.sandbox.hangUp((await view(id)).carrierSid);
  return ended(id);
};

describe('a payer who gave a number', () => {
  it('is texted the link, and a receipt when the money is settled; a payer’s STOP ends both', async () => {
    const [number, payersNumber] = [newNumber(), newNumber()];
    await talks(number, 'Yes, this is Alice.', 'Goodbye.');
    const offer = await payer.offer(number, {
      payer: { name: 'Carol', phoneNumber: payersNumber },
      textLink: true,
    });
    const [link] = await textsTo(payersNumber);
    expect(link).toContain(
      `Alice is to be called by Brad, an AI. Approve what it may cost, or decline: ${offer.payUrl}`,
    );
    await payer.approve(offer);
    await payer.settled(offer.callId, 'captured');
    const { settlement } = await payer.money(offer.callId);
    await until('the receipt is sent', async () => (await textsTo(payersNumber)).length === 2, 20_000);
    const [, receipt] = await textsTo(payersNumber);
    const paid = `$${((settlement?.capturedCents ?? 0) / 100).toFixed(2)}`;
    expect(receipt).toBe(
      `Ringback receipt: Brad's call to Alice cost you ${paid}. You had approved up to $5.00; the rest was let go.`,
    );
    await until('it has arrived', async () =>
      (await messages()).some(
        ({ kind, callId, state }) => kind === 'receipt' && callId === offer.callId && state === 'delivered',
      ),
    );

    await texts(payersNumber, 'STOP');
    const later = await test.api('/api/approvals', {
      method: 'POST',
      body: {
        to: number,
        displayName: 'Alice',
        payer: { name: 'Carol', phoneNumber: payersNumber },
        textLink: true,
      },
    });
    expect(later).toMatchObject({ status: 201, json: { texted: false, payUrl: expect.any(String) } });
    expect(await textsTo(payersNumber)).toHaveLength(2);
  }, 90_000);

  it('whose phone cannot be reached is told of among the messages', async () => {
    await test.sandbox.fault({ vendor: 'twilio', kind: 'texts-undelivered' });
    await payer.offer(newNumber(), { payer: { name: 'Carol', phoneNumber: newNumber() }, textLink: true });
    await until('the carrier has told', async () => {
      const [newest] = await messages();
      return newest?.state === 'undelivered' && newest.failure === 'twilio_30003';
    });
  });

  it('and a payer without one is not', async () => {
    const offered = await test.api('/api/approvals', {
      method: 'POST',
      body: { to: newNumber(), displayName: 'Alice', payer: { name: 'Carol' }, textLink: true },
    });
    expect(offered).toMatchObject({ status: 201, json: { texted: false } });
  });
});

describe('a summary of a call', () => {
  it('is texted to a callee who agreed to it before, and to nobody else', async () => {
    const [wants, doesNot] = [newNumber(), newNumber()];
    const call = async (number: string) => {
      await talks(number, 'Yes, this is Alice.', 'I work as a nurse.', 'Goodbye.');
      const body = { to: number, displayName: 'Alice', persona: 'brad' };
      return (await test.api('/api/calls', { method: 'POST', body })).json as Call;
    };
    const { userId } = await hasMet(wants);
    const token = await issueToken(test.database.db, { role: 'user', userId, label: 'test' });
    const agreed = { kind: 'texts', text: 'Text me what each of my calls was about.' };
    expect((await test.api('/api/user/consents', { method: 'POST', body: agreed, token })).status).toBe(201);
    const [one, other] = await Promise.all([call(wants), call(doesNot)]);
    await Promise.all([ended(one.id), ended(other.id)]);
    await until('it is texted', async () => (await textsTo(wants)).length === 1, 30_000);
    expect((await textsTo(wants))[0]).toMatch(/^Your call with Brad: .+ Reply STOP for no more\.$/);
    expect(await textsTo(doesNot)).toEqual([]);
    expect((await messages(token)).map(({ kind }) => kind)).toEqual(['summary']); // their own alone
  }, 120_000);
});

describe('CALL ME', () => {
  it('is answered with a call to whoever the house knows and pays for', async () => {
    const number = newNumber();
    await hasMet(number);
    await talks(number, 'Goodbye.');
    await changes.make(test, { paysKnownCallers: true, minutesAfterUnanswered: 0 });
    expect(await texts(number, 'Call me!')).toContain('Brad is calling you.');
    const [call] = await callsTo(number);
    expect((await ended(call?.id ?? '')).endReason).not.toBeNull();
    const { consents } = (await test.api(`/api/consents?phoneNumber=${encodeURIComponent(number)}`)).json as {
      consents: object[];
    };
    expect(consents).toContainEqual(expect.objectContaining({ kind: 'calls' }));
  }, 60_000);

  it('where nobody pays brings a link, once; with a mandate, the call', async () => {
    const number = newNumber();
    await hasMet(number);
    await changes.make(test, { paysKnownCallers: false, minutesAfterUnanswered: 0 });
    expect(await texts(number, 'call')).toContain('<Response/>');
    expect(await textsTo(number)).toEqual([expect.stringContaining(`${test.app.publicBaseUrl}/pay/`)]);
    expect(await texts(number, 'CALL ME')).toContain('Approve the call with the link');
    expect(await textsTo(number)).toHaveLength(1);

    const other = newNumber();
    await talks(other, 'Goodbye.');
    await payer.mandate(other);
    expect(await texts(other, 'Please call me')).toContain('is calling you.');
    const [call] = await callsTo(other);
    await ended(call?.id ?? '');
    await payer.settled(call?.id ?? '', 'captured');
  }, 90_000);

  it('at night, after a STOP said in a call, or from a stranger, is no call', async () => {
    const number = newNumber();
    const { userId } = await hasMet(number);
    await changes.make(test, { paysKnownCallers: true, minutesAfterUnanswered: 0 });
    const before = (await callsTo(number)).length;
    const preferences = { timeZone: zoneAt(3) };
    await test.api(`/api/user/call-preferences?userId=${userId}`, { method: 'PATCH', body: preferences });
    expect(await texts(number, 'call me')).toContain('outside the hours');
    await test.api('/api/suppressions', { method: 'POST', body: { phoneNumber: number } });
    expect(await texts(number, 'call me')).toContain('Reply START');
    expect(await callsTo(number)).toHaveLength(before);
    const stranger = newNumber();
    expect(await texts(stranger, 'call me')).toContain('<Response/>');
    expect(await textsTo(stranger)).toEqual([]);
  }, 60_000);

  it('where phones are real is consent and proof by itself; a call that is not answered asks for it', async () => {
    const number = newNumber();
    await hasMet(number);
    await changes.make(test, {
      adminCallAttests: false,
      needsProof: true,
      paysKnownCallers: false,
      minutesAfterUnanswered: 0,
    });
    await test.sandbox.ringIn({
      from: number,
      to: '+15550199',
      url: `${test.app.publicBaseUrl}/twilio/voice`,
    });
    await until('they are asked', async () => (await textsTo(number)).length === 1);
    expect((await textsTo(number))[0]).toContain('Reply YES to agree');
    await texts(number, 'Call me');
    expect((await textsTo(number))[1]).toContain('/pay/');
  }, 60_000);
});
