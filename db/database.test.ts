import { existsSync } from 'node:fs';
import { eq, sql } from 'drizzle-orm';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrateDatabase } from './migrate.ts';
import { callCostEvents, calls, users } from './schema/index.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from './temporary.ts';

let database: TemporaryDatabase;
let owner: postgres.Sql;

beforeAll(async () => {
  database = await openTemporaryDatabase();
  owner = postgres(database.ownerUrl, { max: 1, onnotice: () => undefined });
});
afterAll(async () => {
  await owner.end();
  await database.close();
});

const SYSTEM = { kind: 'system', purpose: 'test' } as const;

async function addUser(phoneNumber: string): Promise<string> {
  const [row] = await database.db.as(SYSTEM, (tx) =>
    tx.insert(users).values({ phoneNumber, displayName: phoneNumber }).returning({ id: users.id }),
  );
  if (row === undefined) throw new Error('no row came back');
  return row.id;
}

describe('schema', () => {
  it('names a retention class in the comment of every table', async () => {
    const bare = await owner`
      select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'public' and c.relkind = 'r' and coalesce(obj_description(c.oid), '') not like 'retention: %'`;
    expect(bare).toEqual([]);
  });

  it('has row-level security with a policy on every table', async () => {
    const open = await owner`
      select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'public' and c.relkind = 'r'
        and (not c.relrowsecurity or not exists (select 1 from pg_policy p where p.polrelid = c.oid))`;
    expect(open).toEqual([]);
  });

  it('migrates once however many processes start at the same time', async () => {
    await Promise.all([1, 2, 3, 4].map(() => migrateDatabase(database.ownerUrl)));
    const [row] = await owner`select count(*)::int as n from drizzle.__drizzle_migrations`;
    expect(row?.n).toBeGreaterThan(0);
  });
});

describe('the server role', () => {
  it('is no superuser, cannot bypass row-level security and owns no table', async () => {
    const [role] = await owner`select rolsuper, rolbypassrls from pg_roles where rolname = 'ringback_server'`;
    expect(role).toEqual({ rolsuper: false, rolbypassrls: false });
    const owned = await owner`select relname from pg_class where relowner = 'ringback_server'::regrole`;
    expect(owned).toEqual([]);
  });

  it('sees nothing without an actor', async () => {
    await addUser('+15550000001');
    const raw = postgres(database.serverUrl, { max: 1 });
    try {
      expect(await raw`select id from users`).toEqual([]);
    } finally {
      await raw.end();
    }
  });

  it('shows a user only what is theirs, and does not leak the actor to the next transaction', async () => {
    const alice = await addUser('+15550000002');
    const bob = await addUser('+15550000003');
    const call = { persona: 'brad', direction: 'outbound', toNumber: '+1', fromNumber: '+2' } as const;
    await database.db.as(SYSTEM, (tx) =>
      tx.insert(calls).values([
        { ...call, userId: alice },
        { ...call, userId: bob },
      ]),
    );
    const seen = await database.db.as({ kind: 'user', userId: alice }, (tx) => tx.select().from(calls));
    expect(seen.map((row) => row.userId)).toEqual([alice]);
    await expect(
      database.db.as({ kind: 'user', userId: alice }, (tx) =>
        tx.insert(calls).values({ ...call, userId: bob }),
      ),
    ).rejects.toMatchObject({ cause: { code: '42501' } });
    const everybody = await database.db.as(SYSTEM, (tx) => tx.select().from(calls));
    expect(everybody).toHaveLength(2);
  });

  it('may append cost events but never change or delete one', async () => {
    const userId = await addUser('+15550000004');
    const [call] = await database.db.as(SYSTEM, (tx) =>
      tx
        .insert(calls)
        .values({ userId, persona: 'brad', direction: 'outbound', toNumber: '+1', fromNumber: '+2' })
        .returning(),
    );
    const callId = call?.id ?? '';
    const event = {
      callId,
      userId,
      type: 'tts_request',
      vendor: 'cartesia',
      sku: 'tts',
      units: 9_007_199_254_740_993n,
      retailMicroCents: 1n,
      vendorMicroCents: 1n,
      retailCard: 'r',
      vendorCard: 'v',
      vendorReference: 'ctx-1',
      outcome: 'complete',
      at: new Date(),
    } as const;
    await database.db.as(SYSTEM, (tx) => tx.insert(callCostEvents).values({ ...event, seq: 0 }));
    await expect(
      database.db.as(SYSTEM, (tx) => tx.insert(callCostEvents).values({ ...event, seq: 1 })),
    ).rejects.toMatchObject({ cause: { code: '23505' } });
    await expect(
      database.db.as(SYSTEM, (tx) =>
        tx.update(callCostEvents).set({ units: 2n }).where(eq(callCostEvents.callId, callId)),
      ),
    ).rejects.toMatchObject({ cause: { code: '42501' } });
    await expect(database.db.as(SYSTEM, (tx) => tx.delete(callCostEvents))).rejects.toMatchObject({
      cause: { code: '42501' },
    });
    const [row] = await database.db.as(SYSTEM, (tx) => tx.select().from(callCostEvents));
    expect(row?.units).toBe(9_007_199_254_740_993n);
  });

  it('folds letters of every language the same on every system', async () => {
    const rows = await database.db.as(SYSTEM, (tx) => tx.execute(sql`select lower('ÄÖÜ') as folded`));
    expect(rows[0]).toEqual({ folded: 'äöü' });
  });
});

describe('the embedded server', () => {
  it('leaves no file behind', async () => {
    const second = await openTemporaryDatabase();
    const [row] = await postgresSetting(second.ownerUrl);
    const folder = row?.data_directory ?? '';
    expect(existsSync(folder)).toBe(true);
    await second.close();
    expect(existsSync(folder)).toBe(false);
  });
});

async function postgresSetting(url: string): Promise<Array<{ data_directory: string }>> {
  const client = postgres(url, { max: 1 });
  try {
    return await client<Array<{ data_directory: string }>>`show data_directory`;
  } finally {
    await client.end();
  }
}
