import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { webhookInbox } from '../db/schema/index.ts';
import type { TestApp } from './app.ts';
import { conversation, ElevenLabsHouse, signed } from './elevenlabs-house.ts';
import { SYSTEM } from './remembering.ts';
import { until } from './sandbox.ts';

/** The door through which conversations at ElevenLabs come into memory. */

let house: ElevenLabsHouse;
let test: TestApp;
let postCall: ElevenLabsHouse['postCall'];
let post: ElevenLabsHouse['post'];
let inboxOf: ElevenLabsHouse['inboxOf'];
let payloadOf: ElevenLabsHouse['payloadOf'];
let personaOf: ElevenLabsHouse['personaOf'];
let isTaken: ElevenLabsHouse['isTaken'];
let search: ElevenLabsHouse['search'];
beforeAll(async () => {
  house = await ElevenLabsHouse.open();
  ({ test, postCall, post, inboxOf, payloadOf, personaOf, isTaken, search } = house);
});
afterAll(() => house?.close());

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
      async () => (await search('Schnurri')).context.includes('cat name: Schnurri'),
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
