import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTemporaryDatabase, type TemporaryDatabase } from '../db/temporary.ts';
import { type App, startApp } from '../server/app.ts';
import { loadConfig } from '../server/config.ts';
import { issueToken } from '../server/http/access/tokens.ts';
import { createLogger } from '../server/log.ts';
import { sandboxEnvironment } from '../server/sandbox/environment.ts';
import { credentials, startTestSandbox, type TestSandbox, until } from './sandbox.ts';

/** Two instances on one database: what begins on one goes on on the other, and either can be asked for anything. */

let sandbox: TestSandbox;
let database: TemporaryDatabase;
/** Everything that Twilio sends comes here. */
let behind: App;
/** Dials, and never sees a webhook of Twilio's. */
let dialling: App;
let token: string;

beforeAll(async () => {
  [sandbox, database] = await Promise.all([startTestSandbox(), openTemporaryDatabase()]);
  const start = (environment: Record<string, string>) =>
    startApp(
      loadConfig({
        PORT: '0',
        DATABASE_URL: database.ownerUrl,
        ...sandboxEnvironment(sandbox.urls, credentials),
        ...environment,
      }),
      createLogger(process.env.LOG_LEVEL ?? 'silent'),
    );
  behind = await start({});
  dialling = await start({ PUBLIC_BASE_URL: behind.publicBaseUrl });
  token = await issueToken(database.db, { role: 'admin', label: 'test' });
});
afterAll(async () => {
  await dialling?.stop();
  await behind?.stop();
  await database?.close();
  await sandbox?.close();
});

interface Call {
  id: string;
  state: string;
  carrierSid: string;
  endReason: string | null;
  transcript: Array<{ speaker: string; text: string }>;
}

let nextNumber = 15_556_900;
async function ask<T>(app: App, method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${app.port}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return (text.startsWith('{') && !text.includes('\n{') ? JSON.parse(text) : text) as T;
}
const view = (id: string) => ask<Call>(behind, 'GET', `/api/calls/${id}`);
const ended = async (id: string) => {
  await until('it is over', async () => (await view(id)).state === 'ended', 40_000);
  return view(id);
};
async function place(lines: string[], answerAfterMs = 400): Promise<string> {
  const to = `+${nextNumber++}`;
  await sandbox.putCaller(to, {
    answerAfterMs,
    lines: [
      { cue: { after: 'answer', delayMs: 100 }, text: 'Hello?' },
      ...lines.map((text) => ({ cue: { after: 'reply' as const, delayMs: 600 }, text })),
    ],
  });
  return (await ask<Call>(dialling, 'POST', '/api/calls', { to, displayName: 'Alice' })).id;
}

describe('a call that one instance dials and another answers', () => {
  it('is opened within 300 ms of the decision to speak, and nothing of it is lost', async () => {
    const id = await place(['Yes, this is Alice.', 'Okay, goodbye.']);
    const call = await ended(id);
    expect(call.endReason).toBe('persona-said-goodbye');
    expect(call.transcript.map(({ speaker }) => speaker)).toEqual([
      'caller',
      'persona',
      'caller',
      'persona',
      'caller',
      'persona',
    ]);
    const log = await ask<string>(behind, 'GET', `/api/calls/${id}/event-log`);
    const events = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type?: string; event?: { type: string; at: number } })
      .flatMap((line) =>
        line.event === undefined ? (line as unknown as { type: string; at: number }) : line.event,
      );
    const decidedAt = events.find(({ type }) => type === 'stt.end')?.at ?? Number.NaN;
    const heardAt = events.find(({ type }) => type === 'play.started')?.at ?? Number.NaN;
    expect(heardAt - decidedAt).toBeLessThanOrEqual(300);
  }, 60_000);

  it('is ended by a request to the one that dialled it', async () => {
    const id = await place([]);
    await until('it is live', async () => (await view(id)).state === 'live', 20_000);
    expect(await ask(dialling, 'POST', `/api/calls/${id}/end`)).toEqual({ id, ending: true });
    expect((await ended(id)).endReason).toBe('requested');
    const again = await ask<{ status: number }>(dialling, 'POST', `/api/calls/${id}/end`);
    expect(again.status).toBe(409);
  }, 60_000);

  it('ends with everything else when the house stands still', async () => {
    const id = await place([]);
    await until('it is live', async () => (await view(id)).state === 'live', 20_000);
    const { version } = await ask<{ version: number }>(dialling, 'GET', '/api/settings/pause');
    const pause = (house: boolean, seen: number) =>
      ask<{ ending: number }>(dialling, 'PUT', '/api/settings/pause', {
        house,
        personas: [],
        payers: [],
        version: seen,
        endsLiveCalls: true,
      });
    expect(await pause(true, version)).toMatchObject({ ending: 1 });
    expect((await ended(id)).endReason).toBe('requested');
    await pause(false, version + 1);
  }, 60_000);

  it('is watched from either, from its beginning to its bill, and picked up again without a gap', async () => {
    const id = await place(['Yes, this is Alice.', 'Okay, goodbye.'], 1_200);
    const follow = async (app: App, after?: string) => {
      const response = await fetch(`http://127.0.0.1:${app.port}/api/calls/${id}/events`, {
        headers: {
          authorization: `Bearer ${token}`,
          ...(after === undefined ? {} : { 'last-event-id': after }),
        },
      });
      const text = await response.text();
      return [...text.matchAll(/^id: (.+)\nevent: (.+)\ndata: (.+)$/gm)].map(
        ([, eventId = '', type = '', data = '']) => ({
          id: eventId,
          type,
          data,
        }),
      );
    };
    const whole = await Promise.all([follow(behind), follow(dialling)]);
    const turnsOf = (events: Array<{ type: string; data: string }>) =>
      events.filter(({ type }) => type === 'turn').map(({ data }) => data);
    const { transcript } = await view(id);
    for (const events of whole) {
      expect(turnsOf(events)).toHaveLength(transcript.length);
      expect(events.map(({ type }) => type)).toContain('ended');
      expect(events.at(-1)?.type).toBe('bill');
    }
    expect(turnsOf(whole[0])).toEqual(turnsOf(whole[1]));
    const [, , third] = whole[1].filter(({ type }) => type === 'turn');
    for (const app of [behind, dialling]) {
      const rest = await follow(app, third?.id);
      expect(turnsOf(rest)).toEqual(turnsOf(whole[1]).slice(3));
    }
  }, 60_000);

  it('and that nobody answers leaves nothing behind on the one that dialled it', async () => {
    const to = `+${nextNumber++}`;
    await sandbox.putCaller(to, { answerAfterMs: null, lines: [] });
    const { id } = await ask<Call>(dialling, 'POST', '/api/calls', { to, displayName: 'Alice' });
    await until('it rings', async () => (await view(id)).state === 'ringing', 20_000);
    await sandbox.hangUp((await view(id)).carrierSid);
    expect((await ended(id)).endReason).toBe('busy');
  }, 60_000);
});
