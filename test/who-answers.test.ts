import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from './app.ts';
import { Payer } from './payer.ts';
import { until } from './sandbox.ts';

/** Not everybody who answers is a person: voicemail, a phone's own call screener, and people with keys. */

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
  answeredBy: string | null;
  endReason: string | null;
  transcript: Array<{ speaker: string; text: string }>;
}

let nextNumber = 15_557_500;
const newNumber = () => `+${nextNumber++}`;
const view = async (id: string) => (await test.api(`/api/calls/${id}`)).json as Call;
const ended = async (id: string) => {
  await until('the call is over', async () => (await view(id)).state === 'ended', 60_000);
  return view(id);
};
const place = async (to: string) =>
  (await test.api('/api/calls', { method: 'POST', body: { to, displayName: 'Alice' } })).json as Call;
const greeting = "Hi, you've reached Alice. Please leave a message after the beep.";
const voicemail = (number: string) =>
  test.sandbox.putCaller(number, {
    answerAfterMs: 50,
    answeredBy: 'machine',
    amdAfterMs: 3_000,
    lines: [{ cue: { after: 'answer', delayMs: 100 }, text: greeting }],
  });
const personaSaid = ({ transcript }: Call) =>
  transcript.filter(({ speaker }) => speaker === 'persona').map(({ text }) => text);
const dialForm = async (number: string) =>
  (await test.sandbox.journal('twilio'))
    .map(({ detail }) => detail.form as Record<string, string> | undefined)
    .find((form) => form?.To === number && form?.MachineDetection !== undefined);

describe('voicemail', () => {
  it('case 43: ends the call; what it cost is captured once', async () => {
    const number = newNumber();
    await voicemail(number);
    const payer = new Payer(test);
    const offer = await payer.offer(number);
    await payer.approve(offer);
    await payer.settled(offer.callId, 'captured');
    const call = await view(offer.callId);
    expect(call).toMatchObject({ endReason: 'machine', answeredBy: 'machine_start' });
    expect(await dialForm(number)).toMatchObject({ MachineDetection: 'Enable', AsyncAmd: 'true' });
    const cost = (await test.api(`/api/calls/${offer.callId}/cost`)).json as {
      totalCostCents: number;
      events: Array<{ sku: string; units: string }>;
    };
    const units = (sku: string) =>
      cost.events.filter((event) => event.sku === sku).reduce((sum, event) => sum + Number(event.units), 0);
    expect(cost.events.map(({ sku }) => sku)).toContain('amd.checks');
    expect(units('tts.characters')).toBeGreaterThan(20);
    expect(await payer.intentOf(offer.callId)).toMatchObject({ amount_received: cost.totalCostCents });
    for (const said of personaSaid(call)) expect(said).not.toMatch(/remember|report|promise/i);
  }, 90_000);

  it('is left a short message without anything private, where the callee agreed to that', async () => {
    const number = newNumber();
    await voicemail(number);
    const body = { phoneNumber: number, kind: 'voicemail', text: 'Alice takes short messages.' };
    expect((await test.api('/api/consents', { method: 'POST', body })).status).toBe(201);
    const call = await ended((await place(number)).id);
    expect(call).toMatchObject({ endReason: 'machine', answeredBy: 'machine_end_beep' });
    expect(await dialForm(number)).toMatchObject({ MachineDetection: 'DetectMessageEnd' });
    const message = personaSaid(call).at(-1);
    expect(message).toMatch(/^Hello, this is Brad, an AI, calling on behalf of .* Goodbye\.$/);
    expect(message).not.toContain('Alice');
  }, 60_000);

  it('is not believed when somebody has answered to their name', async () => {
    const number = newNumber();
    await test.sandbox.putCaller(number, {
      answerAfterMs: 50,
      answeredBy: 'machine',
      amdAfterMs: 14_000,
      lines: [
        { cue: { after: 'answer', delayMs: 100 }, text: 'Hello?' },
        { cue: { after: 'reply', delayMs: 600 }, text: 'Yes, this is Alice.' },
        { cue: { after: 'reply', delayMs: 600 }, text: 'Okay, goodbye.' },
      ],
    });
    const call = await ended((await place(number)).id);
    expect(call.endReason).not.toBe('machine');
    expect(call.transcript.length).toBeGreaterThan(3);
  }, 60_000);
});

describe('a phone’s own call screener', () => {
  it('is told who is calling, and the one who then picks up is greeted', async () => {
    const number = newNumber();
    await test.sandbox.putCaller(number, {
      answerAfterMs: 50,
      hangUpAfterMs: 9_000,
      lines: [
        {
          cue: { after: 'answer', delayMs: 100 },
          text: "Hi. If you record your name and reason for calling, I'll see if this person is available.",
        },
        { cue: { after: 'reply', delayMs: 3_000 }, text: 'Hello, who is this?' },
      ],
    });
    const call = await ended((await place(number)).id);
    const [introduced, opening] = personaSaid(call);
    expect(introduced).toMatch(/^This is Brad, an AI, calling on behalf of .* for Alice\. I'll wait\.$/);
    expect(opening).toContain('Is this Alice?');
  }, 60_000);
});

describe('keys', () => {
  it('0 says who is calling, and star keeps the persona silent', async () => {
    const number = newNumber();
    await test.sandbox.putCaller(number, {
      answerAfterMs: 50,
      lines: [{ cue: { after: 'answer', delayMs: 100 }, text: 'Hello?' }],
    });
    const { id } = await place(number);
    const has = (words: string) => async () =>
      personaSaid(await view(id)).some((said) => said.includes(words));
    await until('it has introduced itself', has('Is this Alice?'), 20_000);
    const { carrierSid } = await view(id);
    await test.sandbox.press(carrierSid, '0');
    await until('it says who is calling', has("I'm Brad, an AI"), 20_000);
    await test.sandbox.press(carrierSid, '*');
    await until('it says that it waits', has("I'll be quiet"), 20_000);
    await test.sandbox.hangUp(carrierSid);
    expect((await ended(id)).endReason).toBe('caller-hung-up');
  }, 60_000);
});
