import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueToken } from '../server/http/access/tokens.ts';
import { postSigned } from '../server/sandbox/twilio/callbacks.ts';
import { startTestApp, type TestApp } from './app.ts';
import { Payer } from './payer.ts';
import { credentials, until } from './sandbox.ts';

/** Whoever says that they want no more calls gets none: said, pressed, written, or on the web. */

let test: TestApp;
beforeAll(async () => {
  test = await startTestApp();
});
afterAll(() => test?.close());

interface Call {
  id: string;
  userId: string;
  carrierSid: string;
  state: string;
  endReason: string | null;
  transcript: Array<{ speaker: string; text: string }>;
}

let nextNumber = 15_557_950;
const newNumber = () => `+${nextNumber++}`;
const place = (to: string) =>
  test.api('/api/calls', { method: 'POST', body: { to, displayName: 'Alice', persona: 'brad' } });
const view = async (id: string) => (await test.api(`/api/calls/${id}`)).json as Call;
const ended = async (id: string) => {
  await until('the call is over', async () => (await view(id)).state === 'ended', 60_000);
  return view(id);
};
const picksUp = (number: string, ...lines: string[]) =>
  test.sandbox.putCaller(number, {
    answerAfterMs: 50,
    lines: [
      { cue: { after: 'answer', delayMs: 100 }, text: 'Hello?' },
      ...lines.map((text) => ({ cue: { after: 'reply' as const, delayMs: 600 }, text })),
    ],
  });
const texts = (From: string, Body: string) =>
  postSigned(credentials.authToken, `${test.app.publicBaseUrl}/twilio/sms`, { From, Body });
const suppressed = async (number: string) => {
  const { suppressions } = (await test.api('/api/suppressions')).json as {
    suppressions: Array<{
      phoneNumber: string;
      source: string;
      callId: string | null;
      liftedAt: string | null;
    }>;
  };
  return suppressions.filter(({ phoneNumber }) => phoneNumber === number);
};
const requestsTo = async (vendor: string) => (await test.sandbox.journal(vendor)).length;

describe('no more calls', () => {
  it('is taken at its word in the call, and refuses every later one before anybody is asked', async () => {
    const number = newNumber();
    await picksUp(number, 'Please stop calling me.');
    const { id } = (await place(number)).json as Call;
    const call = await ended(id);
    expect(call.endReason).toBe('asked-to-stop');
    expect(call.transcript.at(-1)?.text).toBe("Of course. I won't call you again. Goodbye.");
    expect(await suppressed(number)).toMatchObject([{ source: 'voice', callId: id, liftedAt: null }]);

    const before = [await requestsTo('twilio'), await requestsTo('stripe')];
    expect(await place(number)).toMatchObject({
      status: 403,
      json: { type: 'urn:ringback:number_suppressed' },
    });
    const offer = await test.api('/api/approvals', {
      method: 'POST',
      body: { to: number, displayName: 'Alice', payer: { name: 'Carol' }, capCents: 500 },
    });
    expect(offer.status).toBe(403);
    expect([await requestsTo('twilio'), await requestsTo('stripe')]).toEqual(before);
  }, 90_000);

  it('is what a wrong number means, too', async () => {
    const number = newNumber();
    await picksUp(number, 'Sorry, you have the wrong number.');
    const { id } = (await place(number)).json as Call;
    const call = await ended(id);
    expect(call.endReason).toBe('persona-said-goodbye');
    expect(await suppressed(number)).toMatchObject([{ source: 'wrong-number', callId: id }]);
    expect((await place(number)).status).toBe(403);
  }, 90_000);

  it('is heard by the key 9, and by no other', async () => {
    const number = newNumber();
    await picksUp(number);
    const { id } = (await place(number)).json as Call;
    await until('it is live', async () => (await view(id)).state === 'live', 20_000);
    const { carrierSid } = await view(id);
    await test.sandbox.press(carrierSid, '5');
    await test.sandbox.press(carrierSid, '9');
    await test.sandbox.press(carrierSid, '9');
    expect((await ended(id)).endReason).toBe('asked-to-stop');
    expect(await suppressed(number)).toMatchObject([{ source: 'key', callId: id }]);
  }, 90_000);

  it('is written as STOP and taken back as START; HELP is answered', async () => {
    const number = newNumber();
    expect(await texts(number, ' Stop. ')).toContain('<Response/>');
    await texts(number, 'STOP');
    expect(await suppressed(number)).toMatchObject([{ source: 'text' }]);
    expect((await place(number)).status).toBe(403);
    await texts(number, 'Start');
    expect(await suppressed(number)).toMatchObject([{ liftedBy: 'text', liftedAt: expect.any(String) }]);
    expect((await place(number)).status).toBe(201);
    expect(await texts(number, 'help')).toContain('Reply STOP');
    expect(await texts(number, 'What a nice day')).toContain('<Response/>');
    expect(await texts('nobody', 'STOP')).toContain('<Response/>');
    expect((await fetch(`${test.app.publicBaseUrl}/twilio/sms`, { method: 'POST' })).status).toBe(403);
  });

  it('is the user’s on the web, and nobody else takes it back', async () => {
    const number = newNumber();
    const { id } = (await place(number)).json as Call;
    const { userId, carrierSid } = await view(id);
    await test.sandbox.hangUp(carrierSid);
    await ended(id);
    const token = await issueToken(test.database.db, { role: 'user', userId, label: 'test' });
    await test.api('/api/user/no-more-calls', { method: 'POST', token });
    expect((await place(number)).status).toBe(403);
    const lift = `/api/suppressions/${encodeURIComponent(number)}`;
    expect((await test.api(lift, { method: 'DELETE' })).status).toBe(404);
    await texts(number, 'START');
    expect((await place(number)).status).toBe(403); // they had not said it by text
    await test.api('/api/user/calls-welcome', { method: 'POST', token });
    const welcome = await place(number);
    expect(welcome.status).toBe(201);
    await test.sandbox.hangUp((await view((welcome.json as Call).id)).carrierSid);
    await ended((welcome.json as Call).id);
    expect((await test.api('/api/suppressions', { token })).status).toBe(403);

    await test.api('/api/suppressions', { method: 'POST', body: { phoneNumber: number } });
    expect((await place(number)).status).toBe(403);
    expect((await test.api(lift, { method: 'DELETE' })).status).toBe(200);
    expect(await suppressed(number)).toHaveLength(2);
  });

  it('said between the payer’s yes and the dial lets the money go, and nobody rings', async () => {
    const number = newNumber();
    const payer = new Payer(test);
    const offer = await payer.offer(number);
    const { location } = await payer.press(offer.payUrl, { answer: 'approve' });
    await texts(number, 'STOP');
    await payer.press(location, { card: '4242424242424242', do: 'pay' });
    const call = await ended(offer.callId);
    expect(call).toMatchObject({ endReason: 'number_suppressed', carrierSid: null });
    await payer.intentIs(offer.callId, 'canceled');
    expect((await payer.intentOf(offer.callId))?.amount_received).toBe(0);

    await texts(number, 'START');
    const early = await payer.offer(number);
    await texts(number, 'STOP');
    expect((await payer.press(early.payUrl, { answer: 'approve' })).status).toBe(403);
    expect(await payer.intentOf(early.callId)).toBeUndefined();
  }, 90_000);
});
