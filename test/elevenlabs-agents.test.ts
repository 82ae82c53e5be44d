import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestApp } from './app.ts';
import { conversation, ElevenLabsHouse, SECRET } from './elevenlabs-house.ts';
import { MEMORIES, MemoryApi } from './memory-api.ts';
import { until } from './sandbox.ts';

/** What agents at ElevenLabs get of our memory, before and in a conversation. */

let house: ElevenLabsHouse;
let test: TestApp;
let postCall: ElevenLabsHouse['postCall'];
let ask: ElevenLabsHouse['ask'];
let inboxOf: ElevenLabsHouse['inboxOf'];
let personaOf: ElevenLabsHouse['personaOf'];
let isTaken: ElevenLabsHouse['isTaken'];
let search: ElevenLabsHouse['search'];
beforeAll(async () => {
  house = await ElevenLabsHouse.open();
  ({ test, postCall, ask, inboxOf, personaOf, isTaken, search } = house);
  const lines = [
    'Hello from the bakery.',
    'Hi, my cat is called Schnurri and I live in Graz.',
    'Noted.',
    'I love walnut bread.',
  ];
  await postCall(conversation('conv_first', lines));
  await until(
    'it was learned from',
    async () => (await search('Schnurri')).context.includes('cat name: Schnurri'),
    30_000,
  );
});
afterAll(() => house?.close());

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
    const before = house.profileRequests;
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
    expect(house.profileRequests - before).toBeLessThanOrEqual(1);
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
    house.profileFails = true;
    await isTaken(
      (
        await postCall(
          conversation('conv_other', ['Hi.', 'I am allergic to cats.'], { agent_id: 'agent_other' }),
        )
      ).json.memory_id,
    );
    expect((await start({ agent_id: 'agent_other' })).status).toBe(200);
    house.profileFails = false;
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

describe('an agent', () => {
  it('uses the memory of the persona that an admin gives it', async () => {
    const { userId, token } = await new MemoryApi(test).user();
    const phone = ((await test.api('/api/user/profile', { token })).json as { phoneNumber: string })
      .phoneNumber;
    await test.api(`${MEMORIES}?userId=${userId}`, { method: 'POST', body: { text: 'Anna tunes pianos' } });
    const asAgent = async () =>
      (await search('pianos', { user_id: phone, agent_id: 'agent_with_brad' })).memories_found;
    expect(await asAgent()).toBe(0);
    const given = await test.api('/api/elevenlabs-agents/agent_with_brad', {
      method: 'PUT',
      body: { persona: 'brad' },
    });
    expect(given).toMatchObject({ status: 200, json: { persona: 'brad' } });
    expect(await asAgent()).toBe(1);
    const { agents } = (await test.api('/api/elevenlabs-agents')).json as { agents: unknown[] };
    expect(agents).toContainEqual(expect.objectContaining({ agentId: 'agent_with_brad', persona: 'brad' }));
    const unknown = await test.api('/api/elevenlabs-agents/x', { method: 'PUT', body: { persona: 'bert' } });
    expect(unknown.json).toMatchObject({ type: 'urn:ringback:persona_unknown' });
    expect((await test.api('/api/elevenlabs-agents', { token })).status).toBe(403);
  });

  it('has a memory and no telephone', async () => {
    const answer = await postCall(conversation('conv_silent', ['Hi.', 'Hello there, I am new.']));
    await isTaken(answer.json.memory_id);
    const persona = (await personaOf((await inboxOf(answer.json.memory_id))?.callId ?? '')) ?? '';
    expect(persona).toMatch(/^agent-/);
    const { personas } = (await test.api('/api/personas')).json as { personas: Array<{ slug: string }> };
    expect(personas.map(({ slug }) => slug)).toEqual(['brad', 'joy', 'mara']);
    const call = await test.api('/api/calls', {
      method: 'POST',
      body: { to: '+15550177', displayName: 'Zoe', persona },
    });
    expect(call).toMatchObject({ status: 422, json: { type: 'urn:ringback:persona_silent' } });
  });
});
