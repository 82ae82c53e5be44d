import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../test/sandbox.ts';
import { TcpProxy } from '../test/tcp-proxy.ts';
import { untilItAnswers } from './awaiting.ts';
import { openDatabase, tell } from './connection.ts';
import { postgres } from './driver.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from './temporary.ts';

/** A transaction whose connection is lost: it fails, and nothing else does. */

const SYSTEM = { kind: 'system', purpose: 'test' } as const;
let database: TemporaryDatabase;
let wire: TcpProxy;
beforeAll(async () => {
  database = await openTemporaryDatabase();
  wire = await TcpProxy.to(database.ownerUrl);
});
afterAll(async () => {
  wire?.close();
  await database?.close();
});

/** One connection, so that whoever comes next gets the object of the one that was lost. */
const open = () =>
  postgres(wire.through(database.ownerUrl), { max: 1, backoff: () => 0.01, onnotice: () => undefined });

describe('a connection that is lost within a transaction', () => {
  it('rejects the transaction and leaves the process and the pool alone', async () => {
    const client = open();
    await client`select 1`;
    for (let times = 0; times < 5; times++) {
      const work = client.begin(async (tx) => {
        await tx`select 1`;
        wire.cut();
        await tx`select 2`;
      });
      await expect(work).rejects.toMatchObject({
        code: expect.stringMatching(/CONNECTION_CLOSED|ECONNRESET/),
      });
      await wire.mend();
      expect(await client`select 3 as n`).toEqual([{ n: 3 }]);
    }
    await client.end();
  });

  it('takes nothing more of it, so that it cannot end somebody else’s transaction', async () => {
    const client = open();
    await client`create table if not exists lost (who text)`;
    let goOn = () => {};
    const waits = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let late: unknown;
    const work = client.begin(async (tx) => {
      await tx`insert into lost values ('before')`;
      wire.cut();
      await waits; // something else than the database is waited for
      await tx`insert into lost values ('late')`.catch((error: unknown) => {
        late = error;
        throw error;
      });
    });
    await expect(work).rejects.toThrow();
    await wire.mend();
    await client.begin(async (tx) => {
      await tx`insert into lost values ('other')`;
      goOn();
      await new Promise((done) => setImmediate(done));
      await tx`insert into lost values ('other, too')`;
    });
    expect(late).toMatchObject({ code: 'CONNECTION_CLOSED' });
    const rows = await client`select who from lost`;
    expect(rows.map(({ who }) => who as string)).toEqual(['other', 'other, too']);
    await client.end();
  });
});

describe('a database that is not there yet', () => {
  it('is waited for, and told of; a wrong password is not', async () => {
    const away = await TcpProxy.to(database.ownerUrl);
    const url = away.through(database.ownerUrl);
    away.cut();
    let told = 0;
    const answers = untilItAnswers(url, () => {
      told += 1;
    });
    await until('it is waited for', () => told === 1);
    await away.mend();
    await answers;
    expect(told).toBe(1);
    away.close();
    await expect(untilItAnswers(url, () => undefined, 600)).rejects.toMatchObject({
      code: 'database_away',
      remedy: expect.stringContaining('DATABASE_URL'),
    });
    const wrong = new URL(database.ownerUrl);
    wrong.password = 'wrong';
    await expect(untilItAnswers(wrong.href, () => undefined)).rejects.toMatchObject({ code: '28P01' });
  });
});

describe('listening', () => {
  it('goes on after the connection was lost, however long the database stays away', async () => {
    const away = await TcpProxy.to(database.serverUrl);
    const db = openDatabase(away.through(database.serverUrl));
    const heard: string[] = [];
    let times = 0;
    const stop = await db.listen(
      'calls',
      (text) => void heard.push(text),
      () => {
        times += 1;
      },
    );
    const say = (text: string) => database.db.as(SYSTEM, (tx) => tell(tx, 'calls', text));
    await say('one');
    await until('it is heard', () => heard.length === 1);
    away.turnAway();
    await say('lost');
    await until('it has tried in vain', () => away.turnedAway >= 2);
    await away.mend();
    await until('it listens again', () => times === 2);
    await say('two');
    await until('it is heard', () => heard.length === 2);
    expect(heard).toEqual(['one', 'two']);
    const stopOther = await db.listen(
      'feeds',
      (text) => void heard.push(`feeds ${text}`),
      () => undefined,
    );
    await say('three');
    await database.db.as(SYSTEM, (tx) => tell(tx, 'feeds', 'four'));
    await until('both are heard', () => heard.length === 4);
    expect(heard.slice(2).sort()).toEqual(['feeds four', 'three']);
    await stop();
    await stopOther();
    await db.close();
    away.close();
  });
});
