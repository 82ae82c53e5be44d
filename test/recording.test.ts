import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Actor } from '../db/connection.ts';
import { announcements, consents, recordingPieces, recordings } from '../db/schema/index.ts';
import { issueToken } from '../server/http/access/tokens.ts';
import { readWav } from '../server/sandbox/speech/wav.ts';
import { deleteExpired } from '../server/security/retention.ts';
import { startTestApp, type TestApp } from './app.ts';
import { asOwner } from './as-owner.ts';
import { until } from './sandbox.ts';

/** Recordings: of whom, from when to when, where they are kept, and how they end. */

const SYSTEM: Actor = { kind: 'system', purpose: 'test' };
const ASKED = 'One thing first. May I record this call, so that you can listen to it again?';
const ANNOUNCED = 'This call is recorded, as you agreed. Tell me to stop recording whenever you like.';

/** Calls of several turns, one after the other. */
vi.setConfig({ testTimeout: 180_000 });

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
  transcript: Array<{ speaker: string; text: string; atMs: number }>;
}

const owner = (statement: string) => asOwner(test.database, statement);
let nextNumber = 15_551_300;
const newNumber = () => `+${nextNumber++}`;
const view = async (id: string) => (await test.api(`/api/calls/${id}`)).json as Call;
const recordingOf = (id: string, token?: string) =>
  test.api(`/api/calls/${id}/recording`, token === undefined ? {} : { token });
/** Rings somebody who says these lines, each after a reply. */
const call = async (number: string, ...lines: string[]) => {
  await test.sandbox.putCaller(number, {
    answerAfterMs: 50,
    lines: [
      { cue: { after: 'answer', delayMs: 100 }, text: 'Hello?' },
      ...lines.map((text) => ({ cue: { after: 'reply' as const, delayMs: 400 }, text })),
    ],
  });
  const body = { to: number, displayName: 'Alice', persona: 'brad' };
  const { id } = (await test.api('/api/calls', { method: 'POST', body })).json as Call;
  await until('the call is over', async () => (await view(id)).state === 'ended', 90_000);
  return view(id);
};
const said = ({ transcript }: Call) =>
  transcript.filter(({ speaker }) => speaker === 'persona').map(({ text }) => text);
const rest = async (carrierSid: string) =>
  (await test.sandbox.journal('twilio'))
    .map(({ detail }) => detail as { method?: string; pathname?: string; form?: Record<string, string> })
    .filter(({ pathname }) => pathname?.includes(`/Calls/${carrierSid}/Recordings`) === true);
const deleted = async (sid: string | null) =>
  (await test.sandbox.journal('twilio')).some(
    ({ detail }) => detail.method === 'DELETE' && String(detail.pathname).endsWith(`/Recordings/${sid}.json`),
  );
const row = async (callId: string) => {
  const [found] = await test.database.db.as(SYSTEM, (tx) =>
    tx.select().from(recordings).where(eq(recordings.callId, callId)),
  );
  return found;
};
const pieces = async (callId: string) => {
  const { id = '' } = (await row(callId)) ?? {};
  return test.database.db.as(SYSTEM, (tx) =>
    tx.select().from(recordingPieces).where(eq(recordingPieces.recordingId, id)),
  );
};
const stored = (callId: string) =>
  until(
    'the recording is ours alone',
    async () => {
      const { state, carrierRemovedAt } = (await row(callId)) ?? {};
      return state === 'stored' && carrierRemovedAt !== null;
    },
    20_000,
  );

it('records nobody unless an admin has switched it on', async () => {
  const { json } = await test.api('/api/settings/recording');
  expect(json).toEqual({ version: 0, records: false, keptDays: 90 });
  const held = await call(newNumber(), 'Yes, this is Alice.', 'Goodbye.');
  expect(said(held)).not.toContain(ASKED);
  expect(await rest(held.carrierSid)).toEqual([]);
  expect((await recordingOf(held.id)).status).toBe(404);
  const change = { records: true, keptDays: 30, version: 0 };
  expect((await test.api('/api/settings/recording', { method: 'PATCH', body: change })).status).toBe(200);
  const stale = await test.api('/api/settings/recording', { method: 'PATCH', body: change });
  expect(stale.status).toBe(409);
  const odd = await test.api('/api/settings/recording', {
    method: 'PATCH',
    body: { keptDays: 0, version: 1 },
  });
  expect(odd.status).toBe(422);
});

describe.concurrent('a callee', () => {
  it('who agrees is recorded from then on; it is fetched, sealed, theirs to hear, and gone at the carrier', async () => {
    const number = newNumber();
    const held = await call(
      number,
      'Yes, this is Alice.',
      'Yes, sure.',
      'I want to finish my report.',
      'Goodbye.',
    );
    expect(said(held)).toContain(ASKED);
    expect(said(held)).toContain(
      'Thank you. It is recorded from now on, until you tell me to stop recording.',
    );
    const [begun] = await rest(held.carrierSid);
    expect(begun?.form).toMatchObject({ RecordingChannels: 'dual', RecordingTrack: 'both' });
    await stored(held.id);
    const found = await row(held.id);
    expect(await deleted(found?.carrierSid ?? null)).toBe(true);
    const days = ((found?.keptUntil?.getTime() ?? 0) - (found?.storedAt?.getTime() ?? 0)) / 86_400_000;
    expect(days).toBeCloseTo(30, 1);

    const given = await test.database.db.as(SYSTEM, (tx) =>
      tx
        .select()
        .from(consents)
        .where(sql`${consents.phoneNumber} = ${number} and ${consents.kind} = 'recording'`),
    );
    expect(given).toMatchObject([{ given: 'voice', textShown: ASKED, callId: held.id, withdrawnAt: null }]);
    const told = await test.database.db.as(SYSTEM, (tx) =>
      tx.select().from(announcements).where(eq(announcements.callId, held.id)),
    );
    expect(told.filter(({ type }) => type === 'recording.ready')).toMatchObject([
      { userId: held.userId, data: { recordingId: found?.id, seconds: found?.seconds } },
    ]);

    const own = await issueToken(test.database.db, { role: 'user', userId: held.userId, label: 'test' });
    const answer = await fetch(`${test.app.publicBaseUrl}/api/calls/${held.id}/recording.wav`, {
      headers: { authorization: `Bearer ${own}` },
    });
    expect(answer.headers.get('content-type')).toBe('audio/wav');
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(bytes.length).toBe(found?.byteCount);
    const { channels, sampleRate } = readWav(bytes);
    expect(channels).toHaveLength(2);
    expect(sampleRate).toBe(8_000);
    for (const channel of channels) expect(channel.some((sample) => sample > 1_000)).toBe(true); // both are heard
    const yes = held.transcript.find(({ text }) => text === 'Yes, sure.');
    const last = held.transcript.at(-1);
    const seconds = (channels[0]?.length ?? 0) / 8_000;
    expect(seconds).toBeLessThan(((last?.atMs ?? 0) - (yes?.atMs ?? 0)) / 1_000 + 8);
    for (const { sealed } of await pieces(held.id))
      expect(sealed.includes(bytes.subarray(100, 140))).toBe(false);

    const { json } = await test.api(`/api/calls/${held.id}/cost`);
    const { services } = json as { services: Array<{ sku: string; units: string; cents: number }> };
    const billed = services.find(({ sku }) => sku === 'recording.ms');
    expect(Math.abs(Number(billed?.units) / 1_000 - seconds)).toBeLessThan(3);

    const again = await call(number, 'Yes, this is Alice.', 'I did it.', 'Goodbye.');
    expect(said(again)).toContain(ANNOUNCED);
    expect(said(again)).not.toContain(ASKED);
    await stored(again.id);
  });

  it('who says no is not recorded, and is asked in no later call', async () => {
    const number = newNumber();
    const held = await call(number, 'Yes, this is Alice.', 'No, I would rather not.', 'Goodbye.');
    expect(said(held)).toContain('All right, nothing is recorded.');
    expect(await rest(held.carrierSid)).toEqual([]);
    const later = await call(number, 'Yes, this is Alice.', 'Goodbye.');
    expect(said(later)).not.toContain(ASKED);
    expect(said(later)).not.toContain(ANNOUNCED);
    expect(await rest(later.carrierSid)).toEqual([]);
  });

  it('who says "stop recording" is recorded until then, and no more', async () => {
    const number = newNumber();
    const held = await call(
      number,
      'Yes, this is Alice.',
      'Yes.',
      'Please stop recording now.',
      'I want to finish my report today, all of it.',
      'Goodbye.',
    );
    expect(said(held)).toContain("The recording has ended, and I won't ask for one again.");
    const [, ended] = await rest(held.carrierSid);
    expect(ended?.form).toEqual({ Status: 'stopped' });
    await stored(held.id);
    const stop = held.transcript.find(({ text }) => text === 'Please stop recording now.');
    const yes = held.transcript.find(({ text }) => text === 'Yes.');
    const { seconds } = (await row(held.id)) ?? {};
    expect(seconds).toBeLessThan(((stop?.atMs ?? 0) - (yes?.atMs ?? 0)) / 1_000 + 4);
    const later = await call(number, 'Yes, this is Alice.', 'Goodbye.');
    expect(await rest(later.carrierSid)).toEqual([]);
  });

  it('who is not the one called is never asked, nor recorded on another’s word', async () => {
    const number = newNumber();
    const first = await call(number, 'Yes, this is Alice.', 'Yes.', 'Goodbye.');
    await stored(first.id);
    const held = await call(number, "No, this is Bob. Alice isn't here.", 'Goodbye.');
    expect(said(held)).not.toContain(ANNOUNCED);
    expect(await rest(held.carrierSid)).toEqual([]);
  });
});

describe('a recording', () => {
  const recorded = async () => {
    const held = await call(newNumber(), 'Yes, this is Alice.', 'Yes.', 'Goodbye.');
    await stored(held.id);
    return held;
  };

  it('that nobody was told of is found', async () => {
    await test.sandbox.fault({ vendor: 'twilio', kind: 'recordings-untold', delayMs: 10_000 }); // after the end of the call has been looked at
    const held = await call(newNumber(), 'Yes, this is Alice.', 'Yes.', 'Goodbye.');
    expect((await row(held.id))?.state).toBe('asked');
    await owner(`update calls set ended_at = now() - interval '2 minutes' where id = '${held.id}'`);
    await until('the sweep has found it', async () => (await row(held.id))?.state === 'stored', 90_000);
  });

  it('is deleted by its callee, by nobody else, and with what they have forgotten', async () => {
    const held = await recorded();
    const tokenOf = (userId: string) => issueToken(test.database.db, { role: 'user', userId, label: 'test' });
    const other = await recorded();
    const [own, others] = [await tokenOf(held.userId), await tokenOf(other.userId)];
    const path = `/api/calls/${held.id}/recording`;
    expect((await test.api(path, { token: others })).status).toBe(404);
    expect((await test.api(`${path}.wav`, { token: others })).status).toBe(404);
    expect((await test.api(path, { method: 'DELETE', token: others })).status).toBe(404);
    expect(await pieces(held.id)).not.toEqual([]);
    expect((await test.api(path, { method: 'DELETE', token: own })).status).toBe(200);
    expect(await pieces(held.id)).toEqual([]);
    expect((await test.api(`${path}.wav`, { token: own })).status).toBe(404);
    expect((await recordingOf(held.id, own)).json).toMatchObject({ state: 'erased' });

    const gone = await test.api('/api/user/memories', { method: 'DELETE', token: others });
    expect(gone.status).toBeLessThan(300);
    expect(await pieces(other.id)).toEqual([]);
  });

  it('is kept as long as was said when it was stored, with its key, and deleted then', async () => {
    const held = await recorded();
    await owner(`
      update data_keys set created_at = now() - interval '40 days' where call_id = '${held.id}';
      update call_events set at = now() - interval '40 days' where call_id = '${held.id}'`);
    await deleteExpired(test.database.db, { webhookDays: 30 });
    expect((await test.api(`/api/calls/${held.id}/recording.wav`)).status).toBe(200);
    await owner(
      `update recordings set kept_until = now() - interval '1 minute' where call_id = '${held.id}'`,
    );
    const gone = await deleteExpired(test.database.db, { webhookDays: 30 });
    expect(gone.recordings).toBe(1);
    expect(await row(held.id)).toBeUndefined();
  });
});
