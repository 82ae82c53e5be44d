import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callEvents, dataKeys } from '../../db/schema/index.ts';
import { RememberingHouse, SYSTEM } from '../../test/remembering.ts';
import { CallRecords } from '../call/records.ts';
import { Keys } from './keys.ts';
import { type MasterKey, parseMasterKeys } from './master-keys.ts';
import { KEY_BYTES, seal, unseal } from './seal.ts';

/** What is stored sealed: opens with its key, in its place, and in no other way. */

let house: RememberingHouse;
let callId: string;
let userId: string;
beforeAll(async () => {
  house = await RememberingHouse.open();
  const scope = await house.scope();
  userId = scope.userId;
  callId = await house.heldCall(scope, ['Brad: Hi', 'Anna: Hello']);
});
afterAll(() => house?.close());

const master = (name: string): MasterKey => ({ name, key: randomBytes(KEY_BYTES) });
const open = (...masters: MasterKey[]) => Keys.open(house.database.db, masters);
const clear = () => house.database.db.as(SYSTEM, (tx) => tx.delete(dataKeys));
const call = () => ({ kind: 'call', id: callId }) as const;

describe('a seal', () => {
  it('opens with its key and context, and with no bit changed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.string(), fc.nat(), (text, context, at) => {
        const key = randomBytes(KEY_BYTES);
        const sealed = seal(key, context, Buffer.from(text));
        expect(unseal(key, context, sealed)).toEqual(Buffer.from(text));
        expect(() => unseal(key, `${context}.`, sealed)).toThrow();
        expect(() => unseal(randomBytes(KEY_BYTES), context, sealed)).toThrow();
        const broken = Buffer.from(sealed);
        broken[at % broken.length] = (broken[at % broken.length] ?? 0) ^ 1;
        expect(() => unseal(key, context, broken)).toThrow();
      }),
    );
  });
});

describe('the key of a call', () => {
  it('is one for all who use it, made once, and read by a process that did not make it', async () => {
    await clear();
    const one = master('one');
    const [a, b] = [await open(one), await open(one)];
    const sealed = await Promise.all(
      [a, b, a, b].map((keys, i) => keys.seal(call(), `row ${i}`, { i, text: 'Grüße 🎉' })),
    );
    const reader = await open(one);
    for (const [i, blob] of sealed.entries()) {
      expect(await reader.open(call(), `row ${i}`, blob)).toEqual({ i, text: 'Grüße 🎉' });
      await expect(reader.open(call(), `row ${i + 1}`, blob)).rejects.toMatchObject({ code: 'seal_broken' });
    }
    const rows = await house.database.db.as(SYSTEM, (tx) => tx.select().from(dataKeys));
    expect(rows).toHaveLength(1);
  });

  it('is not kept when the transaction that made it comes to nothing', async () => {
    await clear();
    const keys = await open(master('one'));
    const { db } = house.database;
    const broken = db.as(SYSTEM, async (tx) => {
      await keys.sealIn(tx, call(), 'x', 1);
      throw new Error('the transaction failed');
    });
    await expect(broken).rejects.toThrow('the transaction failed');
    const sealed = await keys.seal(call(), 'x', 2);
    expect(await keys.open(call(), 'x', sealed)).toBe(2);
  });

  it('is sealed anew by a new master key, after which the old one can go', async () => {
    await clear();
    const [old, young] = [master('old'), master('young')];
    const sealed = await (await open(old)).seal(call(), 'x', 'kept');
    const both = await open(young, old);
    expect(await both.rotate()).toBe(1);
    expect(await both.rotate()).toBe(0);
    expect(await (await open(young)).open(call(), 'x', sealed)).toBe('kept');
    await expect(open(old)).rejects.toMatchObject({
      code: 'keys_missing',
      remedy: expect.stringContaining('young:'),
    });
    await expect(open({ ...master('young') })).rejects.toMatchObject({ code: 'keys_wrong' });
  });

  it('of the house stays what it was at first', async () => {
    await clear();
    const [one, first] = [master('one'), randomBytes(KEY_BYTES)];
    expect(await (await open(one)).houseKey('fingerprints', first)).toEqual(first);
    expect(await (await open(one)).houseKey('fingerprints', randomBytes(KEY_BYTES))).toEqual(first);
  });
});

describe('an event log', () => {
  it('is not readable in the database, and is what it was through its key', async () => {
    await clear();
    const records = new CallRecords(house.database.db, await open(master('one')));
    const log = {
      coreVersion: 4,
      effectsDigest: 'abc',
      config: { opening: 'Hi Anna' },
      events: [{ type: 'stt.end', text: 'my secret garden' }],
    };
    const batch = (flush: number) =>
      ({ callId, userId, batch: { log: { ...log, flush }, turns: [], costs: [] } }) as never;
    await Promise.all([records.save([batch(0), batch(1)]), records.save([batch(2)])]);
    await records.save([batch(1)]); // a retry
    const rows = await house.database.db.as(SYSTEM, (tx) =>
      tx.select().from(callEvents).where(eq(callEvents.callId, callId)),
    );
    expect(rows).toHaveLength(3);
    expect(await house.everything()).not.toContain('secret garden');
    expect(Buffer.concat(rows.map(({ sealed }) => sealed ?? Buffer.alloc(0))).includes('secret')).toBe(false);
    expect(await records.eventLog(SYSTEM, callId)).toEqual([0, 1, 2].map((flush) => ({ flush, ...log })));
  });
});

describe('ENCRYPTION_KEYS', () => {
  const key = randomBytes(KEY_BYTES).toString('base64');

  it('holds names and keys, the one in use first', () => {
    expect(parseMasterKeys(` b:${key}, a:${key} `).map(({ name }) => name)).toEqual(['b', 'a']);
    expect(parseMasterKeys('')).toEqual([]);
  });

  it.each([
    ['no name', key],
    ['a short key', 'a:c2hvcnQ='],
    ['one name twice', `a:${key},a:${key}`],
    ['the name of the derived key', `database:${key}`],
  ])('is refused with %s, and does not show the key', (_name, text) => {
    try {
      parseMasterKeys(text);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'keys_invalid' });
      expect(String(error)).not.toContain(key);
    }
  });
});
