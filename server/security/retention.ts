import { sql } from 'drizzle-orm';
import type { Actor, Database } from '../../db/connection.ts';
import type { Sweep } from '../jobs/runner.ts';
import type { Logger } from '../log.ts';

const SYSTEM: Actor = { kind: 'system', purpose: 'retention' };
const EVERY_MS = 6 * 3_600_000;

/** How long what came by webhook is kept, in days. */
export interface RetentionSettings {
  webhookDays: number;
}

/**
 * Deletes what has been kept as long as its class says (the comment of its table): event logs and payloads after 30 days,
 * audit after 2 years, money after 7. The rules stand in the database, which lets nobody delete there otherwise
 * (`ringback_delete_expired`). @returns rows by table.
 */
export async function deleteExpired(
  db: Database,
  { webhookDays }: RetentionSettings,
): Promise<Record<string, number>> {
  const rows = await db.as(SYSTEM, (tx) =>
    tx.execute<{ what: string; deleted: string }>(
      sql`select what, deleted from ringback_delete_expired(${webhookDays}::integer)`,
    ),
  );
  return Object.fromEntries(rows.map(({ what, deleted }) => [what, Number(deleted)]));
}

export function retentionSweep(db: Database, settings: RetentionSettings, log: Logger): Sweep {
  return {
    name: 'what has been kept long enough',
    everyMs: EVERY_MS,
    async run() {
      const gone = Object.entries(await deleteExpired(db, settings)).filter(([, count]) => count > 0);
      if (gone.length > 0)
        log.info({ deleted: Object.fromEntries(gone) }, 'deleted what was kept long enough');
    },
  };
}
