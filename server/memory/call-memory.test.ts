import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '../../db/connection.ts';
import { RememberingHouse } from '../../test/remembering.ts';
import { systemClock } from '../clock.ts';
import { createLogger } from '../log.ts';
import { openCallMemory } from './call-memory.ts';
import type { Scope } from './scope.ts';
import { MemorySearch } from './search/memory-search.ts';

/** What a call does with its memory, and what it does when the database fails it. */

let house: RememberingHouse;
beforeAll(async () => {
  house = await RememberingHouse.open();
});
afterAll(() => house?.close());

/** Fails as often as it is told to before it searches as always. */
class ShakySearch extends MemorySearch {
  builds = 0;
  failures = 0;

  override index(actor: Actor, scope: Scope) {
    this.builds += 1;
    if (this.failures === 0) return super.index(actor, scope);
    this.failures -= 1;
    return Promise.reject(new Error('the connection was lost'));
  }
}

function opened(scope: Scope, failures = 0) {
  const { book, database } = house;
  const search = new ShakySearch({ db: database.db, clock: systemClock, log: createLogger('silent') });
  search.failures = failures;
  return { search, memory: openCallMemory({ db: database.db, search, book, clock: systemClock }, scope, '') };
}

describe('the memory of a call', () => {
  it('is built once and then searched without the database', async () => {
    const scope = await house.scope();
    await house.remember(scope, 'Anna keeps bees');
    const { search, memory } = opened(scope);
    for (let i = 0; i < 3; i++) expect((await memory.search('bees', []))[0]?.text).toBe('Anna keeps bees');
    expect(search.builds).toBe(1);
  });

  it('is built anew by the next search when building it failed', async () => {
    const scope = await house.scope();
    await house.remember(scope, 'Anna keeps bees');
    const { memory } = opened(scope, 2);
    await expect(memory.search('bees', [])).rejects.toThrow('the connection was lost');
    await expect(memory.search('bees', [])).rejects.toThrow('the connection was lost');
    expect((await memory.search('bees', []))[0]?.text).toBe('Anna keeps bees');
  });

  it('forgets what is there, and passes over what is not', async () => {
    const scope = await house.scope();
    const { id } = await house.remember(scope, 'Anna keeps bees');
    const { memory } = opened(scope);
    expect(await memory.forget([crypto.randomUUID(), 'no id at all', id])).toBe(1);
    expect(await memory.search('bees', [])).toEqual([]);
  });
});
