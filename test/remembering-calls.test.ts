import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseEventLog, replay } from '../server/call/replay.ts';
import { startTestApp, type TestApp } from './app.ts';
import { until } from './sandbox.ts';

/** Whole calls that remember each other. */

let test: TestApp;
beforeAll(async () => {
  test = await startTestApp();
});
afterAll(() => test?.close());

const NUMBER = '+15557800';

interface Call {
  id: string;
  userId: string;
  transcript: Array<{ speaker: string; text: string }>;
}

/** A call in which the callee says these lines, one after each reply, and then goodbye. Ends when it was learned from. */
async function call(lines: readonly string[], number = NUMBER): Promise<Call> {
  await test.sandbox.putCaller(number, {
    answerAfterMs: 50,
    lines: [
      { cue: { after: 'answer', delayMs: 100 }, text: 'Hello?' },
      ...[...lines, 'I have to go. Bye!'].map((text) => ({
        cue: { after: 'reply' as const, delayMs: 1_200 },
        text,
      })),
    ],
  });
  const placed = await test.api('/api/calls', {
    method: 'POST',
    body: { to: number, displayName: 'Alice', persona: 'brad' },
  });
  const { id } = placed.json as { id: string };
  const now = async () =>
    (await test.api(`/api/calls/${id}`)).json as Call & { state: string; rememberedAt: string };
  await until('the call is over and learned from', async () => (await now()).rememberedAt !== null, 90_000);
  const { userId } = await now();
  await until('a summary is there', async () => {
    const jobs = await test.database.db.as({ kind: 'system', purpose: 'test' }, (tx) =>
      tx.execute<{ waiting: number }>('select count(*)::int as waiting from graphile_worker._private_jobs'),
    );
    return jobs[0]?.waiting === 0;
  });
  return { ...(await now()), userId };
}

const personaSaid = ({ transcript }: Call) =>
  transcript
    .filter(({ speaker }) => speaker === 'persona')
    .map(({ text }) => text)
    .join(' | ');
const known = async (userId: string) =>
  (
    (await test.api(`/api/personas/brad/memories?userId=${userId}`)).json as {
      memories: Array<{ text: string; slot: string | null; status: string; quote: string | null }>;
    }
  ).memories;

describe('the second call', () => {
  it('brings up what was said in the first, finds it, corrects it and forgets it for good', async () => {
    const first = await call([
      'Yes, this is Alice.',
      'My sister is called Philippa.',
      'I work at the aquarium.',
      'I will water the fig tree.',
    ]);
    expect(await known(first.userId)).toMatchObject([
      { slot: 'sister.name', text: 'Philippa', status: 'active' },
      { slot: 'employer', text: 'aquarium', status: 'active' },
    ]);
    const learned = (await test.api(`/api/calls/${first.id}/learned`)).json as { changes: unknown[] };
    expect(learned.changes).toHaveLength(2);

    const second = await call([
      'Yes, this is Alice.',
      'What did I tell you about the fig tree?',
      'Actually, I now work at the zoo.',
      'Please forget about my sister Philippa.',
      'Yes, please.',
    ]);
    const said = personaSaid(second);
    expect(said).toContain('Last time you wanted to water the fig tree');
    expect(said).toContain('I have noted it: zoo');
    // What was read back before the yes is gone with what it told.
    expect(said).toContain('[redacted] | It is forgotten, for good.');
    expect((await known(first.userId)).map(({ slot, text, status }) => [slot, text, status])).toEqual([
      ['employer', 'aquarium', 'superseded'],
      ['employer', 'zoo', 'active'],
    ]);

    const everything = await test.database.db.as({ kind: 'system', purpose: 'test' }, async (tx) => {
      const tables = await tx.execute<{ name: string }>(
        "select quote_ident(tablename) as name from pg_tables where schemaname = 'public'",
      );
      const rows: unknown[] = [];
      for (const { name } of tables)
        rows.push(...(await tx.execute(`select to_jsonb(t) as row from ${name} t`)));
      return JSON.stringify(rows);
    });
    expect(everything).not.toMatch(/philippa/i);
    expect((await test.api(`/api/calls/${first.id}`)).text).toContain('[redacted]');
    // Event logs are sealed, so that a search of the tables would pass them over.
    for (const { id } of [first, second])
      expect((await test.api(`/api/calls/${id}/event-log`)).text).not.toContain('Philippa');
    const log = parseEventLog((await test.api(`/api/calls/${first.id}/event-log`)).text);
    expect(() => replay(log)).toThrow('[redacted]');
  }, 240_000);

  it('tells nothing to somebody else who picks up', async () => {
    const other = await call(["No, she isn't here."], '+15557801');
    const hers = await call(['Yes, this is Alice.', 'My sister is called Gudrun.'], '+15557802');
    const stranger = await call(['Who is this?', "No, I'm her mother. What about her sister?"], '+15557802');
    expect(personaSaid(other)).toContain('Then I will try another time');
    expect([personaSaid(hers), (await known(hers.userId)).map(({ text }) => text)]).toEqual([
      expect.any(String),
      ['Gudrun'],
    ]);
    expect(personaSaid(stranger)).toContain('I would like to talk to Alice. Is that you?');
    expect(personaSaid(stranger)).not.toMatch(/Gudrun|Good to hear you/);
  }, 240_000);
});
