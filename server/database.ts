import path from 'node:path';
import { untilItAnswers } from '../db/awaiting.ts';
import { startPersistentPostgres } from '../db/embedded/index.ts';
import { ensureDatabase, migrateDatabase } from '../db/migrate.ts';
import { prepareServerRole } from '../db/server-role.ts';
import type { Closer } from './closing.ts';
import type { Config } from './config.ts';
import type { Logger } from './log.ts';
import { packageRoot } from './paths.ts';

/** The server's own URL of a migrated database: the configured one, or an embedded one that we start. */
export async function openDatabaseServer(config: Config, closers: Closer[], log: Logger): Promise<string> {
  let ownerUrl = config.databaseUrl;
  if (ownerUrl === undefined) {
    const postgres = await startPersistentPostgres(path.join(packageRoot, '.ringback'));
    closers.push(() => postgres.stop());
    ownerUrl = postgres.ownerUrl('ringback');
    await ensureDatabase(ownerUrl);
  }
  await untilItAnswers(ownerUrl, () => log.warn('the database does not answer yet; it is waited for'));
  await migrateDatabase(ownerUrl);
  return prepareServerRole(ownerUrl);
}
