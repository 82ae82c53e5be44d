import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MemoryHomeStandIn } from '../server/sandbox/memory-homes/home.ts';
import { startOpenMemory } from '../server/sandbox/memory-homes/openmemory.ts';
import { asOwner } from './as-owner.ts';
import { runCommand } from './command.ts';
import { RememberingHouse } from './remembering.ts';

/** Commands as people run them: processes of their own, against a real database. */

const ANNA = '+15556000000';
let house: RememberingHouse;
let folder: string;
let elsewhere: MemoryHomeStandIn;
beforeAll(async () => {
  [house, elsewhere] = await Promise.all([RememberingHouse.open(), startOpenMemory(0, 'a-key')]);
  folder = mkdtempSync(path.join(os.tmpdir(), 'ringback-commands-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await elsewhere?.close();
  await house?.close();
});

const ringback = (args: string[], env: Record<string, string> = {}) =>
  runCommand(args, {
    DATABASE_URL: house.database.ownerUrl,
    OPENMEMORY_URL: elsewhere.url,
    OPENMEMORY_API_KEY: 'a-key',
    ...env,
  });

const json = async (...args: string[]) => {
  const ran = await ringback([...args, '--json']);
  expect(ran.errors).toBe('');
  return JSON.parse(ran.out);
};
const file = (name: string, content: unknown) => {
  const at = path.join(folder, name);
  writeFileSync(at, typeof content === 'string' ? content : JSON.stringify(content));
  return at;
};

function payload(id: string, lines: string[]) {
  return {
    type: 'post_call_transcription',
    event_timestamp: 1_795_000_000,
    data: {
      agent_id: 'agent_1',
      conversation_id: id,
      transcript: lines.map((message, i) => ({
        role: i % 2 === 0 ? 'agent' : 'user',
        message,
        time_in_call_secs: i * 4,
      })),
      metadata: { start_time_unix_secs: 1_795_000_000 },
      conversation_initiation_client_data: { dynamic_variables: { system__caller_id: ANNA } },
    },
  };
}

describe('memory', () => {
  it('is searched, taken along, taken over elsewhere, and forgotten after a look at it', async () => {
    const scope = await house.scope(); // Anna
    await house.remember(scope, 'Anna breeds alpacas');
    await house.heldCall(scope, ['Brad: What is new?', 'Anna: The alpacas are shorn.']);
    const found = await json('memory', 'search', ANNA, 'alpaca');
    expect(found).toContainEqual(expect.objectContaining({ who: 'fact', text: 'Anna breeds alpacas' }));
    expect(found).toContainEqual(expect.objectContaining({ who: 'Anna', text: 'The alpacas are shorn.' }));
    const at = path.join(folder, 'anna.json');
    await ringback(['memory', 'export', ANNA, '--out', at]);
    expect(JSON.parse(readFileSync(at, 'utf8')).memories).toHaveLength(1);
    expect(await json('memory', 'import', ANNA, at, '--persona', 'mara')).toMatchObject({ added: 1 });
    expect(await json('memory', 'import', ANNA, at, '--persona', 'mara')).toMatchObject({
      added: 0,
      known: 1,
    });

    const looked = await ringback(['memory', 'forget', ANNA, 'alpacas']);
    expect(looked.out).toContain('Anna breeds alpacas');
    expect(looked.out).toContain('add --yes');
    expect(await json('memory', 'search', ANNA, 'alpaca')).toEqual(found);
    expect((await ringback(['memory', 'forget', ANNA, 'alpacas', '--yes'])).out).toContain(
      '1 memories, 1 lines',
    );
    expect(await json('memory', 'search', ANNA, 'alpaca')).toEqual([]);
    expect(await json('memory', 'import', ANNA, at)).toMatchObject({ added: 0, forgotten: 1 });
  });

  it('goes to another home and comes from it, once', async () => {
    const env = { MEMORY_MIRROR: 'openmemory' };
    const dry = await ringback(['memory', 'push', '--user', ANNA, '--dry-run', '--json'], env);
    const [planned] = JSON.parse(dry.out);
    expect(planned.put).toBeGreaterThan(0);
    expect(elsewhere.held).toEqual([]);
    await ringback(['memory', 'push'], env);
    expect(elsewhere.held.length).toBe(planned.put);
    const again = await ringback(['memory', 'push', '--json'], env);
    expect(JSON.parse(again.out)).toEqual([{ user: 'Anna', put: 0, removed: 0 }]);

    const theirs = { container: ANNA, customId: null, at: 1_790_000_000_000 };
    elsewhere.held.push(
      { ...theirs, id: 'x1', content: 'Anna once lived in Oslo', metadata: {} },
      { ...theirs, id: 'x2', content: 'stretch daily', metadata: { type: 'promise' } },
      { ...theirs, id: 'x3', content: 'A runner who came back', metadata: { type: 'identity' } },
    );
    const pull = async () =>
      JSON.parse((await ringback(['memory', 'pull', '--user', ANNA, '--json'], env)).out)[0];
    expect(await pull()).toMatchObject({ found: 3, added: 1, promises: 1 });
    expect(await pull()).toMatchObject({ found: 3, added: 0, known: 1, promises: 0 });
    const shown = (await ringback(['profile', 'show', ANNA])).out;
    for (const text of ['Anna once lived in Oslo', 'stretch daily', 'A runner who came back'])
      expect(shown).toContain(text);
  });

  it('says what to do where no home is configured, somebody is unknown, or a file is none', async () => {
    const cases: Array<[string[], string]> = [
      [['memory', 'push'], 'Set MEMORY_MIRROR'],
      [['memory', 'search', '+15550009', 'x'], 'Nobody is known under +15550009'],
      [['memory', 'search', ANNA, 'x', '--persona', 'bert'], 'bert'],
      [['memory', 'import', ANNA, file('broken.json', '{')], 'is not JSON'],
      [['memory', 'import', ANNA, file('odd.json', { memories: [{ text: 7 }] })], 'memories'],
      [['memory', 'import', ANNA, path.join(folder, 'none.json')], 'Give the path of a file'],
      [['memory', 'search'], 'The phone number is missing'],
      [['memory', 'burn'], 'There is no "burn" here'],
      [['memory', 'search', ANNA, 'x', '--wat'], '--wat'],
    ];
    for (const [args, hint] of cases) {
      const { code, errors } = await ringback(args);
      expect([args.join(' '), code, errors.includes(hint) ? hint : errors]).toEqual([
        args.join(' '),
        1,
        hint,
      ]);
    }
  });
});

describe('conversations', () => {
  it('of ElevenLabs are imported from a folder, listed, read and learned from', async () => {
    const inside = mkdtempSync(path.join(folder, 'payloads-'));
    writeFileSync(
      path.join(inside, 'a.json'),
      JSON.stringify(payload('conv_1', ['Hello?', 'Hi, my cat is called Momo and I live in Graz.'])),
    );
    writeFileSync(path.join(inside, 'b.json'), '{"type": "other"}');
    const { code, out } = await ringback(['conversations', 'import', inside]);
    expect(code).toBe(1);
    expect(out).toMatch(/a\.json\s+conv_1\s+imported/);
    expect(out).toMatch(/b\.json\s+is no post_call/);
    await ringback(['conversations', 'import', path.join(inside, 'a.json')]);
    const listed = await json('conversations', '--user', ANNA);
    const [newest] = listed.filter(({ persona }: { persona: string }) => persona.startsWith('agent-'));
    expect(newest).toMatchObject({ lines: 2, summary: null });
    expect(await json('conversations', 'show', newest.id)).toHaveLength(2);

    const built = await ringback(['profile', 'build', ANNA, '--json']);
    const { personas } = JSON.parse(built.out);
    const facts = personas.flatMap((persona: { facts: Array<{ fact: string }> }) => persona.facts);
    expect(facts).toContainEqual(expect.objectContaining({ what: 'cat name', fact: 'Momo' }));
    const after = await json('conversations', '--user', ANNA);
    expect(after.find(({ id }: { id: string }) => id === newest.id).summary).toContain('Momo');
  });
});

const COMMANDS = ['profile', 'conversations', 'first-message', 'memory', 'personas', 'import', 'keys'];

describe('the other commands', () => {
  it('tell personas, first messages and keys', async () => {
    expect((await ringback(['personas'])).out).toMatch(/brad\s+Brad\s+supportive/);
    await asOwner(
      house.database,
      "delete from persona_versions where slug = 'joy'; delete from personas where slug = 'joy'",
    );
    const synced = await json('personas', 'sync');
    expect(synced).toContainEqual({ slug: 'joy', done: 'added' });
    expect(synced).toContainEqual({ slug: 'brad', done: 'unchanged' });
    expect((await ringback(['first-message', ANNA, '--persona', 'joy'])).out).toContain('Joy has nothing');
    const fresh = (await ringback(['keys', 'new', 'k1'])).out.trim();
    expect(fresh).toMatch(/^k1:[A-Za-z0-9+/]{43}=$/);
    const before: Array<{ master: string }> = await json('keys');
    expect(before.map(({ master }) => master)).toEqual(['database']);
    const env = { ENCRYPTION_KEYS: fresh };
    expect((await ringback(['keys', 'rotate'], env)).out).toMatch(/sealed anew/);
    expect(JSON.parse((await ringback(['keys', '--json'], env)).out)).toEqual([
      { master: 'k1', keys: expect.any(Number) },
    ]);
    const without = await ringback(['keys']);
    expect(without).toMatchObject({ code: 1, errors: expect.stringContaining('k1:<base64>') });
  });

  it('explain themselves', async () => {
    const { out, errors } = await ringback([]);
    for (const name of COMMANDS) expect(out + errors).toContain(`\n  ${name} `);
    const others = ['start', 'migrate', 'seed', 'sandbox', 'replay', 'check-recording'];
    for (const name of [...COMMANDS, ...others])
      expect((await ringback([name, '--help'])).out).toContain(`npx ringback ${name}`);
  });
});
