import path from 'node:path';
import { startPersistentPostgres } from '../../db/embedded/index.ts';
import { ensureDatabase } from '../../db/migrate.ts';
import { packageRoot } from '../paths.ts';

const EMBEDDED_DATABASE = 'ringback';

/** Runs `work` with the owner's URL of the configured database, or of the embedded one, which is started for it if need be. */
export async function withDatabase<T>(
  databaseUrl: string | undefined,
  work: (ownerUrl: string) => Promise<T>,
): Promise<T> {
  if (databaseUrl !== undefined) return work(databaseUrl);
  const postgres = await startPersistentPostgres(path.join(packageRoot, '.ringback'));
  try {
    const ownerUrl = postgres.ownerUrl(EMBEDDED_DATABASE);
    await ensureDatabase(ownerUrl);
    return await work(ownerUrl);
  } finally {
    await postgres.stop();
  }
}
