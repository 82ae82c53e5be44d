import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryMirrorItems, users } from '../../../db/schema/index.ts';
import { RememberingHouse, SYSTEM } from '../../../test/remembering.ts';
import { systemClock } from '../../clock.ts';
import { createLogger } from '../../log.ts';
import type { MemoryHomeStandIn } from '../../sandbox/memory-homes/home.ts';
import { startOpenMemory } from '../../sandbox/memory-homes/openmemory.ts';
import { startSupermemory } from '../../sandbox/memory-homes/supermemory.ts';
import { makePromise } from '../commitments.ts';
import { eraseEverything } from '../erasing.ts';
import { writeProfile } from '../profile.ts';
import type { Scope } from '../scope.ts';
import { MemorySearch } from '../search/memory-search.ts';
import { searchElsewhere } from './elsewhere.ts';
import { containerOf } from './home.ts';
import { memoryHome } from './homes.ts';
import { MemoryMirror } from './mirror.ts';

/** Memory as other homes have it: a copy that follows, over their own wire formats. */

const log = createLogger('silent');
const KEY = 'a-key';
let house: RememberingHouse;
let standIns: { supermemory: MemoryHomeStandIn; openmemory: MemoryHomeStandIn };
beforeAll(async () => {
  house = await RememberingHouse.open();
  standIns = { supermemory: await startSupermemory(0, KEY), openmemory: await startOpenMemory(0, KEY) };
});
afterAll(async () => {
  for (const standIn of Object.values(standIns ?? {})) await standIn.close();
  await house?.close();
});

const as = <T>(work: Parameters<typeof house.database.db.as<T>>[1]) => house.database.db.as(SYSTEM, work);

describe.each(['supermemory', 'openmemory'] as const)('%s', (name) => {
  const standIn = () => standIns[name];
  const home = (apiKey = KEY) => memoryHome({ name, baseUrl: standIn().url, apiKey });
  const mirrorWith = (apiKey = KEY) =>
    new MemoryMirror({ db: house.database.db, home: home(apiKey), clock: systemClock, log, paceMs: 0 });
  const textsOf = (scope: Scope) =>
    standIn()
      .held.filter(({ container }) => container === containerOf(scope))
      .map(({ content }) => content)
      .sort();
  const shared = ({ userId }: Scope): Scope => ({ userId, persona: '' });

  it('follows facts, promises and profile, and takes away what was forgotten or erased', async () => {
    const scope = await house.scope();
    const [bees] = [
      await house.remember(scope, `Anna keeps bees for ${name}`),
      await house.remember(scope, `Anna rows at ${name}`),
    ];
    await as((tx) =>
      makePromise(tx, scope, { promise: `paint the shed ${name}`, dueAt: null, callId: null, quote: null }),
    );
    await as((tx) => writeProfile(tx, scope.userId, { goals: [`sail to ${name}`] }));
    const mirror = mirrorWith();
    await mirror.catchUp();
    expect(textsOf(scope)).toEqual([
      `Anna keeps bees for ${name}`,
      `Anna rows at ${name}`,
      `paint the shed ${name}`,
    ]);
    expect(textsOf(shared(scope))).toEqual([`Goal: sail to ${name}`]);
    expect(await mirror.follow(scope, { dryRun: true })).toEqual({ put: 0, removed: 0 });

    await house.book.edit(SYSTEM, scope, bees.id, { text: `Anna keeps wasps for ${name}` });
    await mirror.catchUp();
    expect(textsOf(scope)).toContain(`Anna keeps wasps for ${name}`);
    expect(textsOf(scope)).toHaveLength(3);

    await house.book.forget(SYSTEM, scope, bees.id);
    await mirror.catchUp();
    expect(textsOf(scope).join()).not.toContain('wasps');
    await as((tx) => eraseEverything(tx, scope.userId, house.fingerprints));
    await mirror.catchUp();
    expect([...textsOf(scope), ...textsOf(shared(scope))]).toEqual([]);
  });

  it('takes everything of a user away who is not here any more', async () => {
    const scope = await house.scope();
    await house.remember(scope, `Anna yodels on ${name}`);
    await mirrorWith().catchUp();
    expect(textsOf(scope)).toHaveLength(1);
    await as((tx) => tx.delete(users).where(eq(users.id, scope.userId)));
    await mirrorWith().catchUp();
    expect(textsOf(scope)).toEqual([]);
  });

  it('is given nothing under a wrong key, and everything under the right one', async () => {
    const scope = await house.scope();
    await house.remember(scope, `Anna knits near ${name}`);
    await expect(mirrorWith('wrong').follow(scope)).rejects.toMatchObject({ code: 'memory_home' });
    expect(textsOf(scope)).toEqual([]);
    await mirrorWith().follow(scope);
    expect(textsOf(scope)).toHaveLength(1);
  });

  it('is made whole after lost answers and failures, with nothing there twice', async () => {
    const scope = await house.scope();
    for (const what of ['figs', 'plums', 'pears', 'quinces'])
      await house.remember(scope, `Anna grows ${what} near ${name}`);
    const mirror = mirrorWith();
    const adding = name === 'supermemory' ? '/v3/documents' : '/memory/add';
    standIn().fail(adding, 'after');
    await expect(mirror.follow(scope)).rejects.toThrow();
    standIn().fail(adding, { status: 429 });
    await expect(mirror.follow(scope)).rejects.toMatchObject({ code: 'memory_home' });
    await mirror.follow(scope);
    expect(textsOf(scope)).toHaveLength(4);
    const rows = await as((tx) =>
      tx.select().from(memoryMirrorItems).where(eq(memoryMirrorItems.userId, scope.userId)),
    );
    expect(rows.map(({ state }) => state)).toEqual(['kept', 'kept', 'kept', 'kept']);
  });

  it('adds what it finds to a search, but nothing forgotten, and never makes it wait', async () => {
    const scope = await house.scope();
    await house.remember(scope, `Anna plays the cello in ${name}`);
    const forgotten = await house.remember(scope, `the harp of ${name}`);
    const mirror = mirrorWith();
    await mirror.catchUp();
    const foreign = (content: string) =>
      standIn().held.push({
        id: crypto.randomUUID(),
        container: containerOf(scope),
        customId: null,
        content,
        metadata: {},
        at: 1_790_000_000_000,
      });
    foreign(`the cello was bought in Lyon ${name}`);
    foreign(`the harp of ${name}`);
    await house.book.forget(SYSTEM, scope, forgotten.id); // and the mirror has not followed yet
    const { db } = house.database;
    const search = new MemorySearch({
      db,
      elsewhere: searchElsewhere({ db, home: home(), fingerprints: house.fingerprints, log }),
      clock: systemClock,
      log,
    });
    const find = async (text: string) =>
      (await search.search(SYSTEM, scope, { text }, 5)).map(({ document }) => document.text);
    expect(await find('cello')).toEqual([
      `Anna plays the cello in ${name}`,
      `the cello was bought in Lyon ${name}`,
    ]);
    expect(await find('harp')).toEqual([]);

    standIn().fail(name === 'supermemory' ? '/v4/search' : '/memory/query', { delayMs: 2_000 });
    const began = systemClock.nowMs();
    expect(await find('cello')).toEqual([`Anna plays the cello in ${name}`]);
    expect(systemClock.nowMs() - began).toBeLessThan(800);
  });
});

it('OpenMemory’s loss of what another user has said already is noticed, and does not stop the rest', async () => {
  const [one, other] = [await house.scope(), await house.scope()];
  const mirror = new MemoryMirror({
    db: house.database.db,
    home: memoryHome({ name: 'openmemory', baseUrl: standIns.openmemory.url, apiKey: KEY }),
    clock: systemClock,
    log,
    paceMs: 0,
  });
  await house.remember(one, 'likes marzipan');
  await mirror.follow(one);
  await house.remember(other, 'likes marzipan');
  await house.remember(other, 'likes nougat');
  await expect(mirror.follow(other)).rejects.toMatchObject({ code: 'memory_home' });
  const held = standIns.openmemory.held.filter(({ container }) => container === containerOf(other));
  expect(held.map(({ content }) => content)).toEqual(['likes nougat']);
});
