import { openDatabase } from '../../db/connection.ts';
import { migrateDatabase } from '../../db/migrate.ts';
import { prepareServerRole } from '../../db/server-role.ts';
import { issueToken } from '../http/access/tokens.ts';
import { withDatabase } from './database.ts';
import { loadDotEnv } from './environment.ts';

/** Makes one admin token and prints it: the only time that it can be read. */
export async function seed(_args: string[]): Promise<void> {
  loadDotEnv();
  await withDatabase(process.env.DATABASE_URL || undefined, async (ownerUrl) => {
    await migrateDatabase(ownerUrl);
    const db = openDatabase(await prepareServerRole(ownerUrl));
    try {
      const token = await issueToken(db, { role: 'admin', label: 'db:seed' });
      process.stdout.write(`Admin token (shown once, keep it): ${token}\n`);
    } finally {
      await db.close();
    }
  });
}
