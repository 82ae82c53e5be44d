import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueToken } from '../server/http/access/tokens.ts';
import { startTestApp, type TestApp } from './app.ts';
import { until } from './sandbox.ts';

/** What the panel asks for beside the calls themselves: replays, tables, the audit log, the phone in the browser. */

let test: TestApp;
let userId: string;
let callId: string;
let userToken: string;
beforeAll(async () => {
  test = await startTestApp();
  const number = '+15557731';
  await test.sandbox.putCaller(number, {
    answerAfterMs: 50,
    lines: [
      { cue: { after: 'answer', delayMs: 100 }, text: 'Hello?' },
      { cue: { after: 'reply', delayMs: 500 }, text: 'Goodbye.' },
    ],
  });
  const body = { to: number, displayName: '=HYPERLINK("https://elsewhere.example")', persona: 'brad' };
  const placed = (await test.api('/api/calls', { method: 'POST', body })).json as {
    id: string;
    userId: string;
  };
  ({ id: callId, userId } = placed);
  await until('the call is over', async () => (await view()).state === 'ended', 30_000);
  userToken = await issueToken(test.database.db, { role: 'user', userId, label: 'test' });
});
afterAll(() => test?.close());

const view = async () =>
  (await test.api(`/api/calls/${callId}`)).json as { state: string; hasRecording: boolean };

describe('a call that is over', () => {
  it('is replayed to admins, and gives what it gave', async () => {
    const { status, json } = await test.api(`/api/calls/${callId}/replay`);
    expect(status).toBe(200);
    const { entries, ...rest } = json as { entries: Array<{ kind: string; text: string }> };
    expect(rest).toMatchObject({ identical: true, endReason: expect.any(String) });
    expect(entries.find(({ kind }) => kind === 'caller')?.text).toBe('Hello?');
    expect((await test.api(`/api/calls/${callId}/replay`, { token: userToken })).status).toBe(403);
    expect((await test.api('/api/calls/00000000-0000-4000-8000-000000000000/replay')).status).toBe(404);
  });

  it('says whether it was recorded', async () => {
    expect(await view()).toMatchObject({ hasRecording: false });
  });

  it('stands in a table in which no cell is a formula, and without what is the house’s for its user', async () => {
    const { text } = await test.api('/api/user/costs/calls.csv');
    expect(text.split('\n')[0]).toContain('vendor_micro_cents');
    expect(text).toContain(`"'=HYPERLINK(""https://elsewhere.example"")"`);
    const own = await test.api('/api/user/costs/calls.csv', { token: userToken });
    expect(own.text).toContain(callId);
    expect(own.text).not.toContain('vendor_micro_cents');
  });
});

describe('the audit log', () => {
  it('is told page by page, newest first, to admins alone', async () => {
    for (let i = 0; i < 3; i++)
      await test.api('/api/suppressions', { method: 'POST', body: { phoneNumber: `+1555773${i}` } });
    type Page = { entries: Array<{ id: number; action: string; subject: object }> };
    const first = (await test.api('/api/audit?limit=2')).json as Page;
    expect(first.entries.map(({ action }) => action)).toEqual(Array(2).fill('POST /api/suppressions'));
    const next = (await test.api(`/api/audit?limit=2&before=${first.entries[1]?.id}`)).json as Page;
    expect(next.entries[0]?.action).toBe('POST /api/suppressions');
    expect(next.entries[0]?.id).toBeLessThan(first.entries[1]?.id ?? 0);
    expect((await test.api('/api/audit', { token: userToken })).status).toBe(403);
  });
});

describe('the phone in the browser', () => {
  const begin = (persona: string) =>
    test.api('/api/dev-phone/calls', { method: 'POST', body: { persona }, token: null });

  it('knows its personas, and says so of one that is not there', async () => {
    const { json } = await test.api('/api/dev-phone', { token: null });
    expect((json as { personas: Array<{ slug: string }> }).personas.map(({ slug }) => slug)).toContain(
      'brad',
    );
    expect((await begin('nobody')).status).toBe(422);
  });

  it('takes no call while calls stand still, and leaves none behind', async () => {
    const pause = (house: boolean, version: number) =>
      test.api('/api/settings/pause', {
        method: 'PUT',
        body: { house, personas: [], payers: [], version },
      });
    expect((await pause(true, 0)).status).toBe(200);
    const before = (await test.api('/api/calls?limit=200')).text;
    expect((await begin('brad')).status).toBe(503);
    expect((await test.api('/api/calls?limit=200')).text).toBe(before);
    expect((await pause(false, 1)).status).toBe(200);
  });

  it('has nobody but admins call the sandbox’s people', async () => {
    for (const token of [null, userToken])
      expect((await test.api('/api/dev-phone/examples', { method: 'POST', token })).status).toBe(
        token === null ? 401 : 403,
      );
  });

  it('tells whoever is signed in as admin that it is there', async () => {
    expect((await test.api('/api/session')).json).toEqual({ role: 'admin', devPhone: true, examples: true });
    expect((await test.api('/api/session', { token: userToken })).json).toMatchObject({
      role: 'user',
      userId,
    });
  });
});

describe('a house that does not offer it', () => {
  it('has no phone, and does not speak of one', async () => {
    const other = await startTestApp({ DEV_PHONE: '0' });
    try {
      expect((await other.api('/api/dev-phone', { token: null })).status).toBe(404);
      expect((await other.api('/api/dev-phone/examples', { method: 'POST' })).status).toBe(404);
      expect((await other.api('/api/session')).json).toEqual({
        role: 'admin',
        devPhone: false,
        examples: false,
      });
    } finally {
      await other.close();
    }
  });
});
