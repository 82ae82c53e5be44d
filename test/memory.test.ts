import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from './app.ts';
import { MEMORIES, type Memory, MemoryApi } from './memory-api.ts';

/** Memory over the API, as its owner uses it. */

let test: TestApp;
let find: MemoryApi['find'];
let list: MemoryApi['list'];
let send: MemoryApi['send'];
let user: MemoryApi['user'];
beforeAll(async () => {
  test = await startTestApp();
  ({ find, list, send, user } = new MemoryApi(test));
});
afterAll(() => test?.close());

describe('memories', () => {
  it('are listed, every one, searched, corrected and forgotten by their owner', async () => {
    const { token } = await user();
    const added = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        send('POST', MEMORIES, token, { text: `Thing number ${i} about zebras`, category: 'user_facts' }),
      ),
    );
    expect(new Set(added.map(({ status }) => status))).toEqual(new Set([201]));
    expect(await list(token)).toHaveLength(40);
    const [hit] = await find(token, 'zebra 7');
    expect(hit).toMatchObject({ kind: 'fact', text: expect.stringContaining('zebras') });

    const { id } = (await list(token))[0] ?? { id: '' };
    const fixed = await send('PATCH', `${MEMORIES}/${id}`, token, { text: 'She keeps okapis', pinned: true });
    expect(fixed).toMatchObject({
      status: 200,
      json: { memory: { text: 'She keeps okapis', pinned: true } },
    });
    expect((await find(token, 'okapi'))[0]?.id).toBe(id);
    expect((await send('DELETE', `${MEMORIES}/${id}`, token)).json).toEqual({ forgotten: 1 });
    expect(await find(token, 'okapi')).toEqual([]);
    expect(await list(token)).toHaveLength(39);
    expect((await send('DELETE', `${MEMORIES}/${id}`, token)).status).toBe(404);
  });

  it('with a slot take each other’s place by when they were true, and can be read as of a day', async () => {
    const { token } = await user();
    const put = (text: string, validFrom: string) =>
      send('POST', MEMORIES, token, { text, category: 'user_facts', slot: 'employer', validFrom });
    expect((await put('Acme', '2024-01-01T00:00:00Z')).json).toMatchObject({ operation: 'add' });
    expect((await put('Globex', '2026-03-01T00:00:00Z')).json).toMatchObject({ operation: 'supersede' });
    // Told late, about the time between.
    expect((await put('Initech', '2025-06-01T00:00:00Z')).json).toMatchObject({ operation: 'history' });
    expect((await put('globex!', '2026-04-01T00:00:00Z')).json).toMatchObject({ operation: 'confirm' });

    const active = (await list(token)).filter(({ status }) => status === 'active');
    expect(active.map(({ text }) => text)).toEqual(['Globex']);
    const asOf = async (day: string) => (await list(token, `?asOf=${day}T12:00:00Z`)).map(({ text }) => text);
    expect(await asOf('2024-05-05')).toContain('Acme');
    expect(await asOf('2025-07-01')).toContain('Initech');
    expect(await asOf('2026-05-05')).toEqual(['Globex']);
    expect((await find(token, 'Acme')).length).toBe(0);
    expect((await send('DELETE', `${MEMORIES}/user_facts.employer`, token)).json).toEqual({ forgotten: 3 });
    expect(await list(token)).toEqual([]);
  });

  it('with a slot are found by its words, and told with them', async () => {
    const { token } = await user();
    await send('POST', MEMORIES, token, { text: 'Lieve', category: 'user_facts', slot: 'sister.name' });
    await send('POST', MEMORIES, token, { text: 'Has a brother in Lima', category: 'user_facts' });
    const [hit] = await find(token, 'what is my sister called');
    expect(hit).toMatchObject({ text: 'Lieve', label: 'sister name' });
    const { json } = await send('POST', `${MEMORIES}/matching`, token, { phrase: 'sister' });
    expect(json).toMatchObject({ memories: [{ text: 'sister name: Lieve' }] });
  });

  it('belong to one user, and to one persona unless they are shared', async () => {
    const [alice, bob] = [await user(), await user()];
    const { memory } = (await send('POST', MEMORIES, alice.token, { text: 'Alice sings in a choir' }))
      .json as {
      memory: Memory;
    };
    expect(await find(bob.token, 'choir')).toEqual([]);
    expect((await send('DELETE', `${MEMORIES}/${memory.id}`, bob.token)).status).toBe(404);
    expect((await test.api(`${MEMORIES}?userId=${alice.userId}`, { token: bob.token })).status).toBe(403);
    const byMara = async () =>
      ((await test.api('/api/personas/mara/memories', { token: alice.token })).json as { memories: Memory[] })
        .memories;
    expect(await byMara()).toEqual([]);
    await send('PATCH', `${MEMORIES}/${memory.id}`, alice.token, { shared: true });
    expect((await byMara()).map(({ text }) => text)).toEqual(['Alice sings in a choir']);
  });

  it.each([
    ['a category that is none', { text: 'x', category: 'gossip' }],
    ['no text', { text: '' }],
    ['a slot that cannot name anything', { text: 'x', slot: 'Not A Slot' }],
    ['a day that is none', { text: 'x', validFrom: 'yesterday' }],
    ['a text without end', { text: 'x'.repeat(3_000) }],
  ])('are refused with %s', async (_name, body) => {
    const { token } = await user();
    const answer = await send('POST', MEMORIES, token, body);
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toContain('problem+json');
  });

  it.each([
    ['a quote and a semicolon', "'; drop table memories; --"],
    ['control characters', 'a\u0000b\u0007c'],
    ['right to left and emoji', '\u202eשלום 🍕👨‍👩‍👧'],
    ['ten thousand words', Array.from({ length: 10_000 }, (_, i) => `w${i}`).join('+')],
    ['nothing', ''],
  ])('can be searched for with %s', async (_name, q) => {
    const { token } = await user();
    await send('POST', MEMORIES, token, { text: 'Something harmless' });
    const answer = await test.api(`${MEMORIES}/search?q=${q.startsWith('w0+') ? q : encodeURIComponent(q)}`, {
      token,
    });
    expect(answer.status).toBe(200);
  });

  it('can hold what a database cannot, without what it cannot', async () => {
    const { token } = await user();
    const answer = await send('POST', MEMORIES, token, {
      text: 'nul\u0000l',
      value: { 'k\u0000': ['a\u0000', '\\u0000'] },
    });
    expect(answer.json).toMatchObject({ memory: { text: 'null', value: { k: ['a', '\\u0000'] } } });
  });

  it('of a persona that does not exist are a 404 or 422, not an empty list', async () => {
    const { token } = await user();
    expect((await test.api('/api/personas/nobody/memories', { token })).status).toBe(422);
  });
});

describe('conversations from elsewhere', () => {
  const dialogue = JSON.parse(
    readFileSync(new URL('../fixtures/dialogues/anna-and-brad.json', import.meta.url), 'utf8'),
  ) as { sessions: string[][]; questions: Array<{ q: string; turns: Array<[number, number]> }> };
  const turns = dialogue.sessions.flatMap((lines, session) =>
    lines.map((line, seq) => {
      const [speaker = '', ...said] = line.split(': ');
      const at = new Date(Date.UTC(2026, 0, 1 + session, 18, seq)).toISOString();
      return { speaker, session: `s${session}`, seq, text: said.join(': '), at };
    }),
  );

  it('are imported over the API and answer questions', async () => {
    const { token } = await user();
    const imported = await send('POST', '/api/calls/import', token, { persona: 'brad', turns });
    expect(imported.status).toBe(201);
    const { calls } = imported.json as { calls: Record<string, string> };
    expect(Object.keys(calls)).toHaveLength(6);
    expect((await send('POST', '/api/calls/import', token, { persona: 'brad', turns })).json).toEqual({
      calls,
    });
    let found = 0;
    for (const { q, turns: answers } of dialogue.questions) {
      const texts = (await find(token, q)).map(({ text }) => text);
      const wanted = answers.map(
        ([s, i]) => dialogue.sessions[s]?.[i]?.split(': ').slice(1).join(': ') ?? '',
      );
      found += wanted.filter((text) => texts.includes(text)).length / wanted.length;
    }
    expect(found / dialogue.questions.length).toBeGreaterThanOrEqual(0.75);
    const call = await test.api(`/api/calls/${calls.s0}`, { token });
    expect((call.json as { transcript: unknown[] }).transcript).toHaveLength(12);
  });

  it('are refused as a whole when a turn is wrong', async () => {
    const { token } = await user();
    const broken = [...turns.slice(0, 3), { ...turns[3], at: 'noon' }];
    expect((await send('POST', '/api/calls/import', token, { turns: broken })).status).toBe(422);
    expect(await find(token, 'bakery')).toEqual([]);
  });
});

describe('a relationship', () => {
  it('is read and changed over the API', async () => {
    const { token } = await user();
    const path = '/api/personas/brad/relationship';
    expect((await test.api(path, { token })).json).toMatchObject({
      relationship_type: 'friend',
      total_calls: 0,
    });
    const changed = await send('PUT', path, token, {
      relationship_type: 'boyfriend',
      memory_config: { recent_calls: 3 },
    });
    expect(changed.json).toMatchObject({
      relationship_type: 'boyfriend',
      memory_config: { recent_calls: 3 },
    });
    expect((await send('PUT', path, token, { memory_config: { colour: 'red' } })).status).toBe(422);
    expect((await send('PUT', path, token, { memory_config: { recent_calls: 99 } })).status).toBe(422);
  });
});

describe('personas', () => {
  it('are listed, and changed by admins for the calls to come', async () => {
    const { token } = await user();
    const names = ((await test.api('/api/personas', { token })).json as { personas: Array<{ slug: string }> })
      .personas;
    expect(names.map(({ slug }) => slug)).toEqual(['brad', 'joy', 'mara']);
    const change = { settings: { traits: ['patient'] } };
    expect((await send('PATCH', '/api/personas/joy', token, change)).status).toBe(403);
    const edited = await send('PATCH', '/api/personas/joy', test.adminToken, change);
    expect(edited.json).toMatchObject({ name: 'Joy', traits: ['patient'], version: 2 });
  });
});
