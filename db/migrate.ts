import { readFileSync } from 'node:fs';
import path from 'node:path';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import { RingbackError } from '../server/errors.ts';
import { packageRoot } from '../server/paths.ts';
import { postgres, type Sql } from './driver.ts';
import { migrateJobQueue } from './job-queue.ts';

/** Any constant: all instances must agree on it. Held on its own connection, it dies with the process. */
const MIGRATION_LOCK = 727_401;

const migrationsFolder = path.join(packageRoot, 'db', 'migrations');

/** Creates the database of `ownerUrl` unless it exists, using the cluster's `postgres` database. */
export async function ensureDatabase(ownerUrl: string): Promise<void> {
  const url = new URL(ownerUrl);
  const name = decodeURIComponent(url.pathname.slice(1));
  url.pathname = '/postgres';
  const admin = postgres(url.href, { max: 1, onnotice: () => undefined });
  try {
    const [existing] = await admin`select 1 from pg_database where datname = ${name}`;
    if (existing === undefined) await admin`create database ${admin(name)}`;
  } catch (error) {
    if ((error as { code?: string }).code !== '42P04' && (error as { code?: string }).code !== '23505')
      throw error; // made by another process meanwhile
  } finally {
    await admin.end();
  }
}

/** Applies what is pending, as the owner, one process at a time; the others wait and find nothing to do. */
export async function migrateDatabase(ownerUrl: string): Promise<void> {
  const client = postgres(ownerUrl, { max: 1, onnotice: () => undefined });
  try {
    await client`select pg_advisory_lock(${MIGRATION_LOCK})`;
    await migrate(drizzle({ client }), { migrationsFolder });
    await assertAllApplied(client);
    await migrateJobQueue(ownerUrl);
  } finally {
    await client.end();
  }
}

/** The migrator skips a migration that is older than the newest applied one, without a word: so count. */
async function assertAllApplied(client: Sql): Promise<void> {
  const journal = JSON.parse(readFileSync(path.join(migrationsFolder, 'meta', '_journal.json'), 'utf8')) as {
    entries: unknown[];
  };
  const [row] = await client<
    Array<{ applied: string }>
  >`select count(*) as applied from drizzle.__drizzle_migrations`;
  const applied = Number(row?.applied);
  if (applied !== journal.entries.length) {
    throw new RingbackError(
      'migrations',
      `The database has ${applied} migrations, this version of Ringback has ${journal.entries.length}.`,
      {
        remedy:
          'Run the newest version of Ringback against this database; never reorder or remove migrations.',
      },
    );
  }
}
