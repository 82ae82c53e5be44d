import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { issueToken } from '../server/http/access/tokens.ts';
import { postSigned } from '../server/sandbox/twilio/callbacks.ts';
import { startTestApp, type TestApp } from './app.ts';
import { asOwner } from './as-owner.ts';
import { Payer } from './payer.ts';
import { PolicyChanges } from './policy.ts';
import { credentials, until } from './sandbox.ts';
import { zoneAt } from './zones.ts';

/** Nobody is rung who should not be: the one door in front of every dial, and what it leaves behind. */

let test: TestApp;
beforeAll(async () => {
  test = await startTestApp();
});
afterAll(() => test?.close());

/** The database's clock and this process's. */
const CLOCKS_DIFFER_MS = 20;

interface Call {
  id: string;
  userId: string;
  carrierSid: string | null;
  state: string;
  attempts: number;
  endReason: string | null;
  dialAfter: string | null;
  toNumber: string;
}

let nextNumber = 15_557_100;
const newNumber = () => `+${nextNumber++}`;
const place = (to: string, more: object = {}) =>
  test.api('/api/calls', { method: 'POST', body: { to, displayName: 'Alice', ...more } });
const view = async (id: string) => (await test.api(`/api/calls/${id}`)).json as Call;
const ended = async (id: string) => {
  await until('the call is over', async () => (await view(id)).state === 'ended', 60_000);
  return view(id);
};
const neverPicksUp = (number: string) => test.sandbox.putCaller(number, { answerAfterMs: null, lines: [] });
const requests = async () =>
  (await test.sandbox.journal('twilio')).length + (await test.sandbox.journal('stripe')).length;
const decisions = async (to: string) =>
  (
    (await test.api(`/api/dial-decisions?to=${encodeURIComponent(to)}`)).json as {
      decisions: Array<{
        allowed: boolean;
        rule: string | null;
        stage: string;
        callId: string | null;
        facts: object;
      }>;
    }
  ).decisions;
const refusedFor = (rule: string) => ({ json: { type: `urn:ringback:${rule}` } });

const changes = new PolicyChanges();
/** Until the end of the test. */
const policy = (change: Record<string, unknown>) => changes.make(test, change);
afterEach(() => changes.undo(test));

describe('the dial gate', () => {
  it('case 41: refuses before any request to Stripe or Twilio, and writes down why', async () => {
    const [sleeper, premium, abroad] = [newNumber(), '+19002345678', '+18765551234'];
    const { userId, id } = (await place(sleeper)).json as Call;
    await test.sandbox.hangUp((await view(id)).carrierSid ?? '');
    await ended(id);
    await test.api(`/api/user/call-preferences?userId=${userId}`, {
      method: 'PATCH',
      body: { timeZone: zoneAt(3) },
    });
    const before = await requests();
    expect(await place(sleeper)).toMatchObject({ status: 403, ...refusedFor('quiet_hours') });
    expect(await place(premium)).toMatchObject({ status: 403, ...refusedFor('number_special') });
    expect(await place(abroad)).toMatchObject({ status: 403, ...refusedFor('country_not_allowed') });
    expect(await place('+15')).toMatchObject({ status: 422 });
    expect(await place('+12125')).toMatchObject({ status: 422 });
    await policy({ denyPrefixes: ['+15557'] });
    expect(await place(newNumber())).toMatchObject({ status: 403, ...refusedFor('number_denied') });
    expect(await requests()).toBe(before);

    const [refused, allowed] = await decisions(sleeper);
    expect(refused).toMatchObject({ allowed: false, rule: 'quiet_hours', stage: 'dial', callId: null });
    expect(refused?.facts).toMatchObject({ timeZone: zoneAt(3), consented: true, onTheLine: 0 });
    expect(allowed).toMatchObject({ allowed: true, rule: null, callId: id });
    expect(await decisions(premium)).toMatchObject([{ allowed: false, rule: 'number_special' }]);
    expect((await test.api('/api/user/profile?userId=00000000-0000-4000-8000-000000000000')).status).toBe(
      404,
    );
  });

  it('case 41: asks no payer’s card for a call that could not be made now', async () => {
    const payer = new Payer(test);
    const number = newNumber();
    const offer = await payer.offer(number);
    const { userId } = await view(offer.callId);
    await test.api(`/api/user/call-preferences?userId=${userId}`, {
      method: 'PATCH',
      body: { timeZone: zoneAt(12), windows: [] },
    });
    expect((await payer.press(offer.payUrl, { answer: 'approve' })).status).toBe(403);
    expect(await payer.intentOf(offer.callId)).toBeUndefined();
    await test.api(`/api/user/call-preferences?userId=${userId}`, {
      method: 'PATCH',
      body: { windows: null },
    });
    expect((await payer.press(offer.payUrl, { answer: 'approve' })).status).toBe(303);
  });

  it('a velocity cap, a pause and a call under way hold each dial back, also ten at once', async () => {
    await policy({ callsPerNumberAtOnce: 1 });
    const number = newNumber();
    await neverPicksUp(number);
    const answers = await Promise.all(Array.from({ length: 10 }, () => place(number)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
    const [rung] = answers.flatMap(({ status, json }) => (status === 201 ? [json as Call] : []));
    const id = rung?.id ?? '';
    await test.sandbox.hangUp((await view(id)).carrierSid ?? '');
    await ended(id);

    await policy({ attemptsPerDay: 1 });
    expect(await place(number)).toMatchObject({ status: 429, ...refusedFor('too_many_attempts') });
    await policy({ attemptsPerDay: 9, minutesAfterUnanswered: 5 });
    expect(await place(number)).toMatchObject({ status: 409, ...refusedFor('too_soon') });

    await policy({ newNumbersPerHour: 0 });
    expect(await place(newNumber())).toMatchObject({ status: 429, ...refusedFor('too_many_new_numbers') });

    const { version } = (await test.api('/api/settings/pause')).json as { version: number };
    const pause = (change: object, seen: number) =>
      test.api('/api/settings/pause', {
        method: 'PUT',
        body: { house: false, personas: [], payers: [], ...change, version: seen },
      });
    expect((await pause({ personas: ['joy'] }, version)).status).toBe(200);
    expect(await pause({ house: true }, version)).toMatchObject({
      status: 409,
      ...refusedFor('setting_changed'),
    });
    expect(await place(newNumber(), { persona: 'joy' })).toMatchObject({
      status: 403,
      ...refusedFor('paused'),
    });
    expect((await pause({}, version + 1)).status).toBe(200);
  });

  it('where phones are real: no dial without consent, a proven number and a zone; YES by text gives two of them', async () => {
    await policy({ adminCallAttests: false, needsProof: true, needsAge: true, needsZone: true });
    const number = newNumber();
    expect(await place(number)).toMatchObject({ status: 403, ...refusedFor('consent_missing') });
    const ask = () =>
      test.api('/api/consents/ask', { method: 'POST', body: { to: number, displayName: 'Alice' } });
    const texts = (Body: string) =>
      postSigned(credentials.authToken, `${test.app.publicBaseUrl}/twilio/sms`, { From: number, Body });
    expect(await texts('yes')).toContain('<Response/>'); // nobody had asked
    expect((await ask()).status).toBe(202);
    expect(await ask()).toMatchObject({ status: 429, ...refusedFor('asked_lately') });
    const sent = (await test.sandbox.journal('twilio')).findLast(({ detail }) =>
      detail.pathname?.toString().endsWith('/Messages.json'),
    );
    expect(sent?.detail.form).toMatchObject({ To: number, Body: expect.stringContaining('Reply YES') });
    expect(await place(number)).toMatchObject(refusedFor('consent_missing'));
    expect(await texts('Yes!')).toContain('Thank you');
    expect(await place(number)).toMatchObject(refusedFor('zone_unknown'));
    const placed = await place(number, { timeZone: zoneAt(12) });
    expect(placed.status).toBe(201);
    const { consents } = (await test.api(`/api/consents?phoneNumber=${encodeURIComponent(number)}`)).json as {
      consents: object[];
    };
    const shown = { given: 'text', textShown: expect.stringContaining('Alice, may') };
    for (const kind of ['calls', 'adult'])
      expect(consents).toContainEqual(expect.objectContaining({ kind, ...shown }));

    const other = newNumber();
    const attested = { consent: 'Alice signed our form of 3 May 2026 that an AI may call her.' };
    expect(await place(other, attested)).toMatchObject(refusedFor('number_unproven'));
    expect(await place(other)).toMatchObject(refusedFor('consent_missing')); // a refusal leaves nothing behind
  });

  it('nobody is called who may be a child; a minor only with a parent’s consent, and by no persona for adults', async () => {
    await policy({ needsAge: true });
    const number = newNumber();
    expect(await place(number)).toMatchObject({ status: 403, ...refusedFor('age_unknown') });
    expect((await place(number, { ageBand: 'adult' })).status).toBe(201);

    const child = newNumber();
    expect(await place(child, { ageBand: 'minor' })).toMatchObject({ status: 403, ...refusedFor('minor') });
    await policy({ callsMinors: true });
    expect(await place(child, { ageBand: 'minor' })).toMatchObject(refusedFor('minor'));
    const guardian = {
      phoneNumber: child,
      kind: 'guardian',
      text: 'Her mother signed our form of 3 May 2026.',
    };
    expect((await test.api('/api/consents', { method: 'POST', body: guardian })).status).toBe(201);
    const placed = await place(child, { ageBand: 'minor' });
    expect(placed.status).toBe(201);
    expect(await place(child, { ageBand: 'adult' })).toMatchObject({ status: 201 }); // and stays a minor
    const { userId } = placed.json as { userId: string };
    const profile = async () =>
      (await test.api(`/api/user/profile?userId=${userId}`)).json as { ageBand: string };
    expect((await profile()).ageBand).toBe('minor');

    const token = await issueToken(test.database.db, { role: 'user', userId, label: 'test' });
    const grow = (bearer?: string) =>
      test.api(`/api/user/profile${bearer === undefined ? `?userId=${userId}` : ''}`, {
        method: 'PATCH',
        body: { ageBand: 'adult' },
        ...(bearer === undefined ? {} : { token: bearer }),
      });
    expect(await grow(token)).toMatchObject({ status: 403, ...refusedFor('age_stated') });

    const adultsOnly = (flag: boolean) =>
      test.api('/api/personas/mara', { method: 'PATCH', body: { settings: { adultsOnly: flag } } });
    expect((await adultsOnly(true)).status).toBe(200);
    expect(await place(child, { persona: 'mara' })).toMatchObject(refusedFor('minor'));
    expect((await grow()).status).toBe(200);
    expect((await place(child, { persona: 'mara' })).status).toBe(201);
    await adultsOnly(false);
  });

  it('a user’s own consent is theirs to give and to take back', async () => {
    const number = newNumber();
    const { id, userId } = (await place(number)).json as Call;
    await test.sandbox.hangUp((await view(id)).carrierSid ?? '');
    await ended(id);
    const token = await issueToken(test.database.db, { role: 'user', userId, label: 'test' });
    const body = { kind: 'voicemail', text: 'You may leave a short message.' };
    expect((await test.api('/api/user/consents', { method: 'POST', body, token })).status).toBe(201);
    expect((await test.api('/api/user/consents', { token })).json).toMatchObject({
      consents: [
        { kind: 'voicemail', given: 'web' },
        { kind: 'calls', given: 'attested' },
      ],
      proven: false,
    });
    expect((await test.api(`/api/user/consents?userId=${userId}`, { method: 'POST', body })).status).toBe(
      403,
    );
    expect((await test.api('/api/user/consents/recording', { method: 'DELETE', token })).status).toBe(404);
    expect((await test.api('/api/user/consents/calls', { method: 'DELETE', token })).status).toBe(200);
    expect(await place(number)).toMatchObject(refusedFor('number_suppressed'));
    for (const path of ['/api/consents', '/api/dial-decisions', '/api/settings/dialing'])
      expect((await test.api(path, { token })).status).toBe(403);
  });
});

describe('an attempt', () => {
  const dialsTo = async (number: string) =>
    (await test.sandbox.journal('twilio')).filter(
      ({ what, detail }) =>
        what === 'rest' &&
        String(detail.pathname).endsWith('/Calls.json') &&
        (detail.form as Record<string, string>).To === number,
    ).length;

  it('case 38: whose answer was lost is found at the carrier and goes on; the phone rings once', async () => {
    const number = newNumber();
    await test.sandbox.putCaller(number, {
      answerAfterMs: 1_500,
      lines: [{ cue: { after: 'answer', delayMs: 100 }, text: 'Hello?' }],
    });
    await test.sandbox.fault({ vendor: 'twilio', kind: 'lost-answer' });
    const placed = await place(number);
    expect(placed.status).toBe(201);
    const { id } = placed.json as Call;
    await until('it is answered', async () => (await view(id)).state === 'live', 20_000);
    const { carrierSid } = await view(id);
    expect(carrierSid).toMatch(/^CA/);
    expect(await dialsTo(number)).toBe(1);
    await test.sandbox.hangUp(carrierSid ?? '');
    expect((await ended(id)).endReason).toBe('caller-hung-up');
  }, 60_000);

  it('that was busy is made again where retries were asked for, later and as the same call', async () => {
    const number = newNumber();
    await neverPicksUp(number);
    const { id } = (await place(number, { retries: 1 })).json as Call;
    const busy = async () => {
      await until('it rings', async () => (await view(id)).state === 'ringing');
      await test.sandbox.hangUp((await view(id)).carrierSid ?? '');
    };
    await busy();
    await until('it waits', async () => (await view(id)).state === 'planned');
    const waiting = await view(id);
    expect(waiting).toMatchObject({ attempts: 1, carrierSid: null });
    const waitMinutes = (new Date(waiting.dialAfter ?? 0).getTime() - Date.now()) / 60_000;
    expect(waitMinutes).toBeGreaterThan(4.5);
    expect(waitMinutes).toBeLessThan(5.1);
    expect(await dialsTo(number)).toBe(1);

    await callNow(id);
    await busy();
    expect(await ended(id)).toMatchObject({ attempts: 2, endReason: 'busy' });
    expect(await dialsTo(number)).toBe(2);
  }, 60_000);

  it('waits for its place when the carrier takes fewer calls a second', async () => {
    await policy({ callsPerSecond: 0.5 });
    const numbers = Array.from({ length: 3 }, newNumber);
    for (const number of numbers) await neverPicksUp(number);
    const placed = (await Promise.all(numbers.map((number) => place(number)))).map(
      ({ json }) => json as Call,
    );
    const waiting = placed.filter(({ state }) => state === 'planned');
    expect(waiting).toHaveLength(2);
    for (const { id } of placed)
      await until('it rings', async () => (await view(id)).state === 'ringing', 20_000);
    // Their turns are two seconds apart, and none is dialled before its turn; how late it is, the machine decides.
    const turns = waiting.map(({ dialAfter }) => Date.parse(dialAfter ?? '')).sort();
    expect((turns[1] ?? 0) - (turns[0] ?? 0)).toBe(2_000);
    const dials = (await test.sandbox.journal('twilio')).filter(({ what }) => what === 'rest');
    for (const { toNumber, dialAfter } of waiting) {
      const dial = dials.find(({ detail }) => (detail.form as Record<string, string>)?.To === toNumber);
      const dialledAt = performance.timeOrigin + (dial?.atMs ?? 0);
      expect(dialledAt).toBeGreaterThan(Date.parse(dialAfter ?? '') - CLOCKS_DIFFER_MS);
    }
    for (const { id } of placed) await test.sandbox.hangUp((await view(id)).carrierSid ?? '');
    for (const { id } of placed) await ended(id);
  }, 60_000);

  /** The time that a call waits for has come. */
  async function callNow(id: string): Promise<void> {
    await asOwner(
      test.database,
      `update calls set dial_after = now() where id = '${id}';
       update graphile_worker._private_jobs set run_at = now() where payload->>'callId' = '${id}'`,
    );
  }
});
