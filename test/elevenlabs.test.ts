import { createHmac } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { calls, webhookInbox } from '../db/schema/index.ts';
import { startTestApp, type TestApp } from './app.ts';
import { until } from './sandbox.ts';

/** The three doors for agents at ElevenLabs, with payloads as their documentation has them. */

const HMAC_KEY = 'wsec_test';
const SECRET = 'workspace-secret';
const SYSTEM = { kind: 'system', purpose: 'test' } as const;

let test: TestApp;
let profiles: http.Server;
let profileRequests = 0;
let profileFails = false;
beforeAll(async () => {
  profiles = http.createServer((request, response) => {
    profileRequests += 1;
    if (profileFails || request.headers['xi-api-key'] !== 'el-key') return void response.writeHead(500).end();
    response.writeHead(200, { 'content-type': 'application/json' }).end(
      JSON.stringify({
        agent_id: request.url?.split('/').at(-1),
        conversation_config: {
          agent: {
            first_message: 'Hello from the bakery.',
            language: 'en',
            prompt: { prompt: 'You sell bread.' },
          },
          tts: { voice_id: 'voice-1' },
        },
      }),
    );
  });
  await new Promise<void>((resolve) => profiles.listen(0, '127.0.0.1', resolve));
  test = await startTestApp({
    ELEVENLABS_API_KEY: 'el-key',
    ELEVENLABS_POST_CALL_HMAC_KEY: HMAC_KEY,
    ELEVENLABS_CLIENT_DATA_WORKSPACE_SECRET: SECRET,
    ELEVENLABS_API_BASE_URL: `http://127.0.0.1:${(profiles.address() as AddressInfo).port}`,
  });
});
afterAll(async () => {
  await test?.close();
  profiles.closeAllConnections();
  await new Promise<void>((resolve) => profiles.close(() => resolve()));
});

interface Answer {
  status: number;
  json: Record<string, unknown>;
}

async function post(path: string, body: string, headers: Record<string, string>): Promise<Answer> {
  const response = await fetch(test.app.publicBaseUrl + path, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

function signed(body: string, { key = HMAC_KEY, ageSeconds = 0 } = {}): Record<string, string> {
  const time = Math.floor(Date.now() / 1_000) - ageSeconds;
  const mac = createHmac('sha256', key).update(`${time}.${body}`).digest('hex');
  return { 'elevenlabs-signature': `t=${time},v0=${mac}` };
}

const postCall = (payload: unknown, options = {}) => {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return post('/webhooks/post-call', body, signed(body, options));
};
const ask = (path: string, body: unknown, secret: string | null = SECRET) =>
  post(path, JSON.stringify(body), secret === null ? {} : { 'x-api-key': secret });

function conversation(conversationId: string, said: string[], more: Record<string, unknown> = {}) {
  return {
    type: 'post_call_transcription',
    event_timestamp: 1_795_000_000,
    data: {
      agent_id: 'agent_bakery',
      conversation_id: conversationId,
      status: 'done',
      transcript: said.map((message, i) => ({
        role: i % 2 === 0 ? 'agent' : 'user',
        message,
        time_in_call_secs: i * 4,
        tool_calls: null,
      })),
      metadata: { start_time_unix_secs: 1_795_000_000, call_duration_secs: 30, cost: 12 },
      analysis: { call_successful: 'success', transcript_summary: 'A chat.' },
      conversation_initiation_client_data: { dynamic_variables: { system__caller_id: '+15557901' } },
      ...more,
    },
  };
}

const inboxOf = async (id: unknown) =>
  (await test.database.db.as(SYSTEM, (tx) => tx.select().from(webhookInbox))).find((row) => row.id === id);
const payloadOf = async (id: unknown) => (await test.api(`/api/webhook-inbox/${id}`)).json;
const personaOf = async (callId: string) =>
  (await test.database.db.as(SYSTEM, (tx) => tx.select().from(calls))).find(({ id }) => id === callId)
    ?.persona;
const isTaken = (id: unknown) =>
  until('the conversation was taken in', async () => (await inboxOf(id))?.state === 'done', 30_000);
const search = async (query: string, more: Record<string, unknown> = {}) =>
  (await ask('/webhooks/search-data', { query, user_id: '+15557901', ...more })).json as {
    memories_found: number;
    context: string;
    memories: Array<{ content: string }>;
  };

describe('post-call', () => {
  it('takes a conversation into memory, once, and keeps the whole payload', async () => {
    const payload = conversation('conv_1', [
      'Hello from the bakery.',
      'Hi, my cat is called Schnurri and I live in Graz.',
      'Noted.',
      'I love walnut bread.',
    ]);
    const first = await postCall(payload);
    expect(first).toMatchObject({ status: 200, json: { status: 'received', memory_id: expect.any(String) } });
    expect((await postCall(payload)).json).toEqual(first.json);
    await isTaken(first.json.memory_id);
    expect(await payloadOf(first.json.memory_id)).toEqual({ payload });
    const found = await search('walnut bread');
    expect(found.memories_found).toBeGreaterThan(0);
    expect(found.context).toContain('I love walnut bread.');
    await until(
      'its facts are learned',
      async () =>
        (await search('Schnurri')).context.includes('Schnurri\n') ||
        (await search('cat name')).memories.some(({ content }) => content === 'Schnurri'),
      30_000,
    );
  });

  it('keeps nothing of what its user has forgotten, not in the payload either', async () => {
    const answer = await postCall(conversation('conv_forget', ['Hello.', 'My locker is number Zwetschke.']));
    await isTaken(answer.json.memory_id);
    const row = await inboxOf(answer.json.memory_id);
    const persona = `/api/personas/${await personaOf(row?.callId ?? '')}/memories`;
    const asked = `?userId=${row?.userId}`;
    const send = async (path: string, body: unknown) =>
      (await test.api(`${persona}/${path}${asked}`, { method: 'POST', token: test.adminToken, body })).json;
    const { lines } = (await send('matching', { phrase: 'Zwetschke' })) as { lines: Array<{ id: string }> };
    expect(lines).toHaveLength(1);
    expect(await send('forget', { lines: lines.map(({ id }) => id) })).toMatchObject({
      forgotten: { lines: 1 },
    });
    expect(await payloadOf(answer.json.memory_id)).toMatchObject({ type: 'urn:ringback:payload_unknown' });
    expect((await search('Zwetschke')).context).not.toContain('Zwetschke');
  });

  it.each([
    ['another key', { key: 'wsec_other' }],
    ['a signature of an hour ago', { ageSeconds: 3_600 }],
    ['a signature from the future', { ageSeconds: -3_600 }],
  ])('refuses %s, and nothing is kept', async (_name, options) => {
    const answer = await postCall(conversation(`conv_${crypto.randomUUID()}`, ['Hi.']), options);
    expect(answer).toMatchObject({ status: 401, json: { type: 'urn:ringback:webhook_unsigned' } });
  });

  it('refuses a body that was written anew', async () => {
    const body = JSON.stringify(conversation('conv_x', ['Hi.']));
    expect((await post('/webhooks/post-call', `${body} `, signed(body))).status).toBe(401);
  });

  it.each([
    ['no JSON', '{"type": "post_call'],
    ['an unknown type', { type: 'post_call_smell', data: {} }],
    ['a transcript that is none', conversation('conv_y', [], { transcript: 'hello' })],
    ['deep nesting', `${'['.repeat(5_000)}${']'.repeat(5_000)}`],
  ])('keeps %s in quarantine and says so', async (_name, payload) => {
    const count = async () =>
      (await test.database.db.as(SYSTEM, (tx) => tx.select().from(webhookInbox))).filter(
        ({ state }) => state === 'quarantined',
      ).length;
    const before = await count();
    const answer = await postCall(payload);
    expect(answer).toMatchObject({ status: 422, json: { type: 'urn:ringback:webhook_unreadable' } });
    expect(await count()).toBe(before + 1);
  });

  it('keeps what it cannot read sealed, and shows it to admins alone', async () => {
    const answer = await postCall({ type: 'post_call_smell', data: 'Lavender' });
    const list = await test.api('/api/webhook-inbox?limit=1');
    const [row] = (list.json as { entries: Array<{ id: string; problem: string }> }).entries;
    expect(row).toMatchObject({ state: 'quarantined', problem: expect.any(String) });
    expect(answer.status).toBe(422);
    expect(JSON.stringify(await inboxOf(row?.id))).not.toContain('Lavender');
    const shown = await test.api(`/api/webhook-inbox/${row?.id}`);
    expect(JSON.stringify(shown.json)).toContain('Lavender');
    expect((await test.api(`/api/webhook-inbox/${crypto.randomUUID()}`)).status).toBe(404);
  });

  it.each(['post_call_audio', 'call_initiation_failure'])('acknowledges and keeps %s', async (type) => {
    const answer = await postCall({
      type,
      data: { conversation_id: `conv_${type}`, full_audio: 'UklGRg==' },
    });
    expect(answer).toMatchObject({ status: 200, json: { status: 'received' } });
    expect(await inboxOf(answer.json.memory_id)).toMatchObject({ type, state: 'done' });
  });

  it.each<[string, Record<string, unknown>]>([
    ['user_id of the initiation', { conversation_initiation_client_data: { user_id: 'the-user' } }],
    [
      'user_id of the metadata',
      { conversation_initiation_client_data: {}, metadata: { user_id: 'the-user' } },
    ],
    [
      'user_id among the variables',
      { conversation_initiation_client_data: { dynamic_variables: { user_id: 'the-user' } } },
    ],
    [
      'caller_id of the metadata',
      { conversation_initiation_client_data: null, metadata: { caller_id: 'the-user' } },
    ],
  ])('knows its user by %s', async (name, more) => {
    const word = `word${name.length}x${crypto.randomUUID().slice(0, 6)}`;
    const answer = await postCall(conversation(`conv_${word}`, ['Hi.', `I said ${word}.`], more));
    await isTaken(answer.json.memory_id);
    const found = await search(word, { user_id: 'the-user' });
    expect(found.context).toContain(word);
    expect((await search(word)).memories_found).toBe(0);
  });

  it('with the caller’s number first, and the conversation’s name at last', async () => {
    const both = conversation('conv_both', ['Hi.', 'I said quetzal.'], {
      conversation_initiation_client_data: {
        user_id: 'somebody-else',
        dynamic_variables: { system__caller_id: '+15557901', user_id: 'somebody-else' },
      },
    });
    await isTaken((await postCall(both)).json.memory_id);
    expect((await search('quetzal')).context).toContain('quetzal');
    const nobody = conversation('conv_nobody', ['Hi.', 'I said axolotl.'], {
      conversation_initiation_client_data: null,
    });
    await isTaken((await postCall(nobody)).json.memory_id);
    expect((await search('axolotl', { user_id: 'conv_nobody' })).context).toContain('axolotl');
  });
});

describe('client-data', () => {
  const start = (more: Record<string, unknown> = {}, secret: string | null = SECRET) =>
    ask(
      '/webhooks/client-data',
      {
        caller_id: '+15557901',
        agent_id: 'agent_bakery',
        called_number: '+15550100',
        call_sid: 'CA1',
        ...more,
      },
      secret,
    );

  it('gives what is known of the caller, and the agent’s own settings, asked for once', async () => {
    const before = profileRequests;
    for (let times = 0; times < 3; times++)
      expect(await start()).toMatchObject({
        status: 200,
        json: {
          type: 'conversation_initiation_client_data',
          dynamic_variables: {
            caller_id: '+15557901',
            called_number: '+15550100',
            call_sid: 'CA1',
            user_context: expect.stringContaining('walnut bread'),
          },
          conversation_config_override: {
            agent: {
              first_message: expect.any(String),
              language: 'en',
              prompt: { prompt: expect.stringMatching(/^You sell bread\.(?:.|\n)*walnut bread/) },
            },
            tts: { voice_id: 'voice-1' },
          },
        },
      });
    expect(profileRequests - before).toBeLessThanOrEqual(1);
  });

  it('gives a caller whom nobody knows the agent’s defaults', async () => {
    const { status, json } = await start({ caller_id: '+15557999' });
    expect(status).toBe(200);
    expect(json).toEqual({
      type: 'conversation_initiation_client_data',
      dynamic_variables: {
        caller_id: '+15557999',
        called_number: '+15550100',
        call_sid: 'CA1',
        user_context: '',
      },
    });
  });

  it('answers also when ElevenLabs does not', async () => {
    profileFails = true;
    await isTaken(
      (
        await postCall(
          conversation('conv_other', ['Hi.', 'I am allergic to cats.'], { agent_id: 'agent_other' }),
        )
      ).json.memory_id,
    );
    expect((await start({ agent_id: 'agent_other' })).status).toBe(200);
    profileFails = false;
  });

  it('is closed without the secret, and refuses what it cannot read', async () => {
    expect((await start({}, null)).status).toBe(401);
    expect((await start({}, 'wrong')).status).toBe(401);
    expect((await start({ caller_id: 7 })).status).toBe(422);
  });
});

describe('search-data', () => {
  it('has the customer’s shape, errors included', async () => {
    const { status, json } = await ask('/webhooks/search-data', {
      query: 'walnut',
      user_id: '+15557901',
      agent_id: 'agent_bakery',
      limit: 1,
    });
    expect(status).toBe(200);
    expect(json).toEqual({
      status: 'success',
      memories_found: 1,
      context: expect.stringContaining('walnut'),
      memories: [
        { id: expect.any(String), content: expect.stringContaining('walnut'), metadata: expect.any(Object) },
      ],
    });
    expect(await ask('/webhooks/search-data', { user_id: '+15557901' })).toEqual({
      status: 400,
      json: { detail: 'Missing query parameter' },
    });
    expect((await ask('/webhooks/search-data', { query: 'x' }, 'wrong')).status).toBe(401);
  });

  it('keeps what was told to one agent from another', async () => {
    expect((await search('walnut', { agent_id: 'agent_other' })).memories_found).toBe(0);
    expect((await search('walnut', { agent_id: 'agent_unheard_of' })).memories_found).toBe(0);
    // Two agents know this caller: without a name neither may answer for the other.
    expect((await search('walnut')).memories_found).toBe(0);
  });
});
