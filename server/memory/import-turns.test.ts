import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callTurns } from '../../db/schema/index.ts';
import { RememberingHouse, SYSTEM } from '../../test/remembering.ts';
import { importTurns } from './import-turns.ts';

let house: RememberingHouse;
beforeAll(async () => {
  house = await RememberingHouse.open();
});
afterAll(() => house?.close());

describe('imported conversations', () => {
  it('become calls whose turns can be read, once', async () => {
    const userId = await house.user();
    const at = (minute: number) => new Date(Date.UTC(2026, 0, 5, 18, minute));
    const turns = [
      { speaker: 'Alice', session: 'one', seq: 1, text: 'I bought a canoe.', at: at(1) },
      { speaker: 'Brad', session: 'one', seq: 0, text: 'What is new?', at: at(0) },
    ];
    const scope = { userId, persona: 'brad' };
    const first = await importTurns(house.database.db, SYSTEM, scope, turns);
    expect(await importTurns(house.database.db, SYSTEM, scope, turns)).toEqual(first);
    const rows = await house.database.db.as(SYSTEM, (tx) =>
      tx
        .select()
        .from(callTurns)
        .where(eq(callTurns.callId, first.one ?? ''))
        .orderBy(callTurns.seq),
    );
    expect(rows.map(({ seq, speaker, text }) => [seq, speaker, text])).toEqual([
      [0, 'persona', 'What is new?'],
      [1, 'caller', 'I bought a canoe.'],
    ]);
    const hits = await house.search.search(SYSTEM, scope, { text: 'canoe' }, 5);
    expect(hits[0]?.document).toMatchObject({
      text: 'I bought a canoe.',
      speaker: 'Alice',
      session: first.one,
    });
    expect(hits.filter(({ document }) => document.text === 'I bought a canoe.')).toHaveLength(1);
  });
});
