import { migrateDatabase } from '../../db/migrate.ts';
import { withDatabase } from './database.ts';
import { loadDotEnv } from './environment.ts';

/** Applies pending migrations. */
export async function migrate(): Promise<void> {
  loadDotEnv();
  await withDatabase(process.env.DATABASE_URL || undefined, migrateDatabase);
  process.stdout.write('The database is up to date.\n');
}
