import { randomBytes } from 'node:crypto';
import { type Database, openDatabase } from './connection.ts';
import { type EmbeddedPostgres, startEphemeralPostgres } from './embedded/index.ts';
import { ensureDatabase, migrateDatabase } from './migrate.ts';
import { prepareServerRole } from './server-role.ts';

/** A migrated database of its own, and the server that holds it; `close` removes both. */
export interface TemporaryDatabase {
  db: Database;
  ownerUrl: string;
  serverUrl: string;
  close(): Promise<void>;
}

/** Starts a PostgreSQL in a temporary folder with one migrated database: for demo and tests. */
export async function openTemporaryDatabase(): Promise<TemporaryDatabase> {
  const cluster: EmbeddedPostgres = await startEphemeralPostgres();
  const ownerUrl = cluster.ownerUrl(`ringback_${randomBytes(4).toString('hex')}`);
  await ensureDatabase(ownerUrl);
  await migrateDatabase(ownerUrl);
  const serverUrl = await prepareServerRole(ownerUrl);
  const db = openDatabase(serverUrl);
  return {
    db,
    ownerUrl,
    serverUrl,
    async close() {
      await db.close();
      await cluster.stop();
    },
  };
}
