import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FloodGuard } from '../server/telephony/flood-guard.ts';
import { startTestApp, type TestApp } from './app.ts';
import { asOwner } from './as-owner.ts';
import { Payer } from './payer.ts';
import { PolicyChanges } from './policy.ts';
import { until } from './sandbox.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Somebody calls us: who is answered, who pays, and who is believed. */

let test: TestApp;
beforeAll(async () => {
  test = await startTestApp();
});
afterAll(() => test?.close());

const OURS = '+15550199';

interface Call {
  id: string;
  userId: string;
  carrierSid: string;
  direction: string;
  state: string;
  funding: string;
  verifiedBy: string | null;
  endReason: string | null;
  transcript: Array<{ speaker: string; text: string }>;
}

let nextNumber = 15_557_700;
const newNumber = () => `+${nextNumber++}`;
const view = async (id: string) => (await test.api(`/api/calls/${id}`)).json as Call;
const calls = async () => ((await test.api('/api/calls?limit=200')).json as { calls: Call[] }).calls;
const callOf = async (carrierSid: string) => (await calls()).find((call) => call.carrierSid === carrierSid);
const ended = async (id: string) => {
  await until('the call is over', async () => (await view(id)).state === 'ended', 60_000);
  return view(id);
};
const ring = (from: string, stirVerstat?: string) =>
  test.sandbox.ringIn({
    from,
    to: OURS,
    url: `${test.app.publicBaseUrl}/twilio/voice`,
    ...(stirVerstat === undefined ? {} : { stirVerstat }),
  });
const outcome = async (carrierSid: string) => {
  const over = new Set(['completed', 'busy', 'no-answer', 'failed']);
  await until(
    'the carrier is done',
    async () => over.has((await test.sandbox.carrierCall(carrierSid)).status),
    60_000,
  );
  return test.sandbox.carrierCall(carrierSid);
};
const says = (number: string, ...lines: string[]) =>
  test.sandbox.putCaller(number, {
    lines: lines.map((text) => ({ cue: { after: 'reply' as const, delayMs: 600 }, text })),
  });
const vendorRequests = async () => {
  const counts = await Promise.all(
    ['deepgram', 'cartesia', 'cerebras', 'openai', 'stripe'].map((vendor) => test.sandbox.journal(vendor)),
  );
  return counts.reduce((sum, entries) => sum + entries.length, 0);
};
const textsTo = async (number: string) =>
  (await test.sandbox.journal('twilio'))
    .filter(({ detail }) => String(detail.pathname).endsWith('/Messages.json'))
    .map(({ detail }) => detail.form as Record<string, string>)
    .filter(({ To }) => To === number);

/** Somebody whom Brad has called once. */
async function acquaintance(): Promise<{ number: string; userId: string }> {
  const number = newNumber();
  await test.sandbox.putCaller(number, { answerAfterMs: null, lines: [] });
  const body = { to: number, displayName: 'Alice', persona: 'brad' };
  const { id } = (await test.api('/api/calls', { method: 'POST', body })).json as Call;
  await test.sandbox.hangUp((await view(id)).carrierSid);
  const { userId } = await ended(id);
  return { number, userId };
}

const changes = new PolicyChanges();
/** Until the end of the test. */
const policy = (change: Record<string, unknown>) => changes.make(test, change);
afterEach(() => changes.undo(test));
const prefer = (userId: string, body: object) =>
  test.api(`/api/user/call-preferences?userId=${userId}`, { method: 'PATCH', body });

describe('a caller whom nobody knows', () => {
  it('case 42: is rejected unanswered and costs nothing; many of them leave no row', async () => {
    const before = await vendorRequests();
    const sids = await Promise.all(Array.from({ length: 10 }, () => ring(newNumber())));
    for (const sid of sids)
      expect(await outcome(sid)).toMatchObject({
        status: expect.stringMatching(/no-answer|busy/),
        duration: null,
      });
    expect(await outcome(await ring('anonymous'))).toMatchObject({ status: 'no-answer', duration: null });
    expect(await vendorRequests()).toBe(before);
    expect((await calls()).filter(({ direction }) => direction === 'inbound')).toEqual([]);
  });

  it('is answered when the admin has switched that on, at the house’s expense', async () => {
    await policy({ onboardsUnknownCallers: true, onboardingPersona: 'joy' });
    const number = newNumber();
    await says(number, 'Hello, what is this?', 'Okay, goodbye.');
    const sid = await ring(number);
    await until('there is a call', async () => (await callOf(sid)) !== undefined);
    const call = await ended((await callOf(sid))?.id ?? '');
    expect(call).toMatchObject({
      direction: 'inbound',
      funding: 'sponsored',
      persona: 'joy',
      verifiedBy: null,
    });
    expect(call.transcript[0]?.text).toMatch(/^Hi, this is Joy\. I'm an AI/);
    expect(await outcome(sid)).toMatchObject({ status: 'completed', duration: expect.stringMatching(/\d/) });
  }, 60_000);
});

describe('a caller who is known', () => {
  it('and not of age is answered only where minors are talked to, and with a parent’s consent', async () => {
    const { number, userId } = await acquaintance();
    await asOwner(test.database, `update users set age_band = 'minor' where id = '${userId}'`);
    await policy({ paysKnownCallers: true });
    expect(await outcome(await ring(number))).toMatchObject({ status: 'no-answer' });
    await policy({ callsMinors: true });
    expect(await outcome(await ring(number))).toMatchObject({ status: 'no-answer' });
    const consent = { phoneNumber: number, kind: 'guardian', text: 'Her mother agreed in writing.' };
    expect((await test.api('/api/consents', { method: 'POST', body: consent })).status).toBeLessThan(300);
    await says(number, 'Goodbye.');
    const sid = await ring(number);
    await until('she is answered', async () => (await callOf(sid)) !== undefined);
    await ended((await callOf(sid))?.id ?? '');
    expect(await textsTo(number)).toEqual([]);
  }, 60_000);

  it('and for whom nobody pays is rejected, and texted one link with which a call back can be approved', async () => {
    const { number } = await acquaintance();
    expect(await outcome(await ring(number))).toMatchObject({ status: 'no-answer' });
    await until('the text is sent', async () => (await textsTo(number)).length === 1);
    const [text] = await textsTo(number);
    expect(text?.Body).toContain('You called Brad');
    const [, link] = /(http\S+\/pay\/\S+)/.exec(text?.Body ?? '') ?? [];
    expect(await (await fetch(link ?? '')).text()).toContain('calls Alice back');
    expect(await outcome(await ring(number))).toMatchObject({ status: 'no-answer' });
    expect(await textsTo(number)).toHaveLength(1);
  });

  it('under a mandate is answered with the money held, and billed as what it was', async () => {
    const { number } = await acquaintance();
    const payer = new Payer(test);
    await payer.mandate(number);
    await says(number, 'Hello Brad, this is Alice.', 'Okay, goodbye.');
    const sid = await ring(number);
    await until('there is a call', async () => (await callOf(sid)) !== undefined);
    const { id } = (await callOf(sid)) ?? { id: '' };
    await payer.settled(id, 'captured');
    expect(await view(id)).toMatchObject({ direction: 'inbound', funding: 'approved' });
    const cost = (await test.api(`/api/calls/${id}/cost`)).json as {
      totalCostCents: number;
      services: Array<{ sku: string }>;
    };
    expect(cost.services.map(({ sku }) => sku)).toContain('telephony.inbound.ms');
    expect(await payer.intentOf(id)).toMatchObject({ amount_received: cost.totalCostCents });
    const limits = (await test.sandbox.journal('twilio')).filter(
      ({ detail }) =>
        String(detail.pathname).includes(sid) && (detail.form as Record<string, string>).TimeLimit,
    );
    expect(limits).toHaveLength(1);
  }, 90_000);

  it('is a claim: nothing is remembered aloud before a PIN, whatever name they give', async () => {
    await policy({ paysKnownCallers: true });
    const { number, userId } = await acquaintance();
    const fact = { text: 'Grows prize leeks in Ghent', category: 'user_facts' };
    expect(
      (await test.api(`/api/personas/brad/memories?userId=${userId}`, { method: 'POST', body: fact })).status,
    ).toBe(201);
    expect((await prefer(userId, { pin: '12' })).status).toBe(422);
    expect((await prefer(userId, { pin: '4711' })).json).toMatchObject({ hasPin: true });
    const reply = (text: string, delayMs = 600) => ({ cue: { after: 'reply' as const, delayMs }, text });
    await test.sandbox.putCaller(number, {
      lines: [
        reply('Hi, this is Alice.'),
        reply('What did I tell you about leeks?'),
        reply('What did I tell you about leeks?', 3_000),
      ],
    });
    const sid = await ring(number);
    await until(
      'the stranger was answered',
      async () => {
        const call = await callOf(sid);
        return call !== undefined && (await view(call.id)).transcript.length >= 4;
      },
      40_000,
    );
    const { id } = (await callOf(sid)) ?? { id: '' };
    const heard = async (words: string) =>
      (await view(id)).transcript.some(({ speaker, text }) => speaker === 'persona' && text.includes(words));
    expect(await heard('leeks')).toBe(false);
    for (const digit of '#1111#') await test.sandbox.press(sid, digit);
    await until('a wrong PIN is told', () => heard('that was not right'), 20_000);
    expect((await view(id)).verifiedBy).toBeNull();
    for (const digit of '#4711#') await test.sandbox.press(sid, digit);
    await until('the right one is told', () => heard('that was right'), 20_000);
    expect((await view(id)).verifiedBy).toBe('pin');
    await until('it knows them', () => heard('leeks'), 20_000);
    await test.sandbox.hangUp(sid);
    await ended(id);
  }, 90_000);

  it('is believed when their carrier vouches for the number and they allow that', async () => {
    await policy({ paysKnownCallers: true });
    const { number, userId } = await acquaintance();
    await says(number, 'Hello?');
    const verified = async (stir: string) => {
      const sid = await ring(number, stir);
      await until('there is a call', async () => (await callOf(sid)) !== undefined);
      const call = (await callOf(sid)) ?? { id: '', verifiedBy: null };
      await until('it is live', async () => (await view(call.id)).state === 'live');
      await test.sandbox.hangUp(sid);
      await ended(call.id);
      return call.verifiedBy;
    };
    expect(await verified('TN-Validation-Passed-A')).toBeNull();
    await prefer(userId, { trustsAttestation: true });
    expect(await verified('TN-Validation-Passed-C')).toBeNull();
    expect(await verified('TN-Validation-Passed-A')).toBe('attestation');
  }, 90_000);

  it('hears busy while everything stands still', async () => {
    await policy({ paysKnownCallers: true });
    const { number } = await acquaintance();
    const { version } = (await test.api('/api/settings/pause')).json as { version: number };
    const pause = (house: boolean, seen: number) =>
      test.api('/api/settings/pause', {
        method: 'PUT',
        body: { house, personas: [], payers: [], version: seen },
      });
    await pause(true, version);
    expect(await outcome(await ring(number))).toMatchObject({ status: 'busy' });
    await pause(false, version + 1);
    await policy({ inboundPerNumberPerHour: 0 });
    expect(await outcome(await ring(number))).toMatchObject({ status: 'busy' });
  });
});

describe('a flood of calls', () => {
  it('is kept from the database: so many looks a second, so many calls of a number a minute', () => {
    const clock = new VirtualClock();
    const guard = new FloodGuard(clock);
    const admitted = (from: (i: number) => string, times: number) =>
      Array.from({ length: times }, (_, i) => guard.admits(from(i))).filter(Boolean).length;
    expect(admitted(() => '+15550001', 100)).toBe(5);
    expect(admitted((i) => `+1555100${i}`, 100)).toBe(25);
    clock.advance(1_000);
    expect(admitted((i) => `+1555200${i}`, 100)).toBe(30);
    expect(guard.admits('+15550001')).toBe(false);
    clock.advance(60_000);
    expect(guard.admits('+15550001')).toBe(true);
  });
});
