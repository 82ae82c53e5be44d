import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from './app.ts';
import { MEMORIES, MemoryApi } from './memory-api.ts';

/** The whole of what is remembered: looked through, taken along, erased. */

let test: TestApp;
let find: MemoryApi['find'];
let send: MemoryApi['send'];
let user: MemoryApi['user'];
beforeAll(async () => {
  test = await startTestApp();
  ({ find, send, user } = new MemoryApi(test));
});
afterAll(() => test?.close());

describe('the whole of what is remembered', () => {
  const said = (texts: string[]) => ({
    persona: 'brad',
    turns: texts.map((text, seq) => ({
      speaker: seq % 2 === 0 ? 'Anna' : 'Brad',
      session: 'one',
      seq,
      text,
      at: new Date(Date.UTC(2026, 0, 1, 18, seq)).toISOString(),
    })),
  });
  const matching = async (token: string, phrase: string) =>
    (await send('POST', `${MEMORIES}/matching`, token, { phrase })).json as {
      memories: Array<{ id: string; text: string }>;
      lines: Array<{ id: string; text: string }>;
    };

  it('can be looked through for a phrase, and what was looked at is forgotten and does not come back', async () => {
    const { token } = await user();
    const conversation = said(['My cat is called Schnurri.', 'Nice!', 'I live in Graz with a dog.']);
    await send('POST', '/api/calls/import', token, conversation);
    await send('POST', MEMORIES, token, { text: 'The cat Schnurri is old' });
    const found = await matching(token, 'the cat, Schnurri');
    expect(found).toMatchObject({
      memories: [{ text: 'The cat Schnurri is old' }],
      lines: [{ text: 'My cat is called Schnurri.' }],
    });
    const told = (await find(token, 'Schnurri')).filter(({ text }) => text.includes('Schnurri'));
    expect(told).toHaveLength(2);

    const ids = { memories: found.memories.map(({ id }) => id), lines: found.lines.map(({ id }) => id) };
    expect((await send('POST', `${MEMORIES}/forget`, token, ids)).json).toEqual({
      forgotten: { memories: 1, lines: 1 },
    });
    expect(await matching(token, 'Schnurri')).toEqual({ memories: [], lines: [] });
    expect(await matching(token, 'the and of')).toEqual({ memories: [], lines: [] });
    await send('POST', '/api/calls/import', token, conversation);
    expect(await find(token, 'Schnurri')).toEqual([]);
    expect((await find(token, 'Graz'))[0]?.text).toBe('I live in Graz with a dog.');
  });

  it('can be looked through, taken along and erased by nobody else', async () => {
    const [anna, bob] = [await user(), await user()];
    await send('POST', '/api/calls/import', anna.token, said(['My safe opens with walnut.']));
    await send('POST', MEMORIES, anna.token, { text: 'The safe opens with walnut' });
    const { memories, lines } = await matching(anna.token, 'walnut');
    expect(await matching(bob.token, 'walnut')).toEqual({ memories: [], lines: [] });
    const ids = { memories: memories.map(({ id }) => id), lines: lines.map(({ id }) => id) };
    expect((await send('POST', `${MEMORIES}/forget`, bob.token, ids)).json).toEqual({
      forgotten: { memories: 0, lines: 0 },
    });
    expect((await test.api(`${MEMORIES}/export`, { token: bob.token })).json).toMatchObject({
      memories: [],
      turns: [],
    });
    const asked = `?userId=${anna.userId}`;
    for (const path of [`${MEMORIES}${asked}`, `/api/user/memories${asked}`])
      expect((await send('DELETE', path, bob.token)).status).toBe(403);
    expect(await find(anna.token, 'walnut')).toHaveLength(2);
  });

  it('is taken along, and erased for one persona or for all', async () => {
    const { token, userId } = await user();
    await send('POST', '/api/calls/import', token, said(['My cat is called Schnurri.', 'Nice!']));
    await send('POST', MEMORIES, token, { text: 'Her cat is called Schnurri' });
    await send('POST', '/api/personas/mara/memories', token, { text: 'Schnurri is what Mara knows' });
    await send('PUT', '/api/personas/brad/relationship', token, {
      custom_system_prompt: 'Ask for Schnurri.',
    });
    expect((await test.api(`${MEMORIES}/export`, { token })).json).toMatchObject({
      persona: 'brad',
      relationship: { customSystemPrompt: 'Ask for Schnurri.' },
      memories: [{ text: 'Her cat is called Schnurri' }],
      turns: [{ text: 'My cat is called Schnurri.' }, { text: 'Nice!' }],
    });

    const left = () => wordsLeft(userId, 'schnurri');
    expect(await left()).toContain('call_turns');
    expect((await send('DELETE', MEMORIES, token)).json).toEqual({ forgotten: 1 });
    expect(await find(token, 'Schnurri')).toEqual([]);
    expect(await left()).toEqual(['memories', 'memory_documents', 'memory_events']); // Mara's
    expect((await send('DELETE', '/api/user/memories', token)).json).toEqual({ forgotten: 1 });
    expect(await left()).toEqual([]);
  });

  /** The tables in which a user's rows have a word. */
  async function wordsLeft(userId: string, word: string): Promise<string[]> {
    return test.database.db.as({ kind: 'system', purpose: 'test' }, async (tx) => {
      const tables = await tx.execute<{ table_name: string }>(
        `select table_name from information_schema.columns
         where table_schema = 'public' and column_name = 'user_id' order by 1`,
      );
      const holding: string[] = [];
      for (const { table_name: name } of tables) {
        const rows = await tx.execute(
          `select 1 from "${name}" t where user_id = '${userId}' and t::text ilike '%${word}%' limit 1`,
        );
        if (rows.length > 0) holding.push(name);
      }
      return holding;
    });
  }
});
