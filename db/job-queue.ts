import { type SQL, sql } from 'drizzle-orm';
import { runMigrations } from 'graphile-worker';
import type { Transaction } from './connection.ts';
import { postgres } from './driver.ts';
import { SERVER_ROLE } from './server-role.ts';

/** Brings graphile-worker's own schema up to date, as the owner, and opens it to the server's role. */
export async function migrateJobQueue(ownerUrl: string): Promise<void> {
  await runMigrations({ connectionString: ownerUrl, noHandleSignals: true });
  const client = postgres(ownerUrl, { max: 1, onnotice: () => undefined });
  try {
    await client.unsafe(accessSql());
  } finally {
    await client.end();
  }
}

/** Its tables have row-level security without a policy: nobody but the owner would see a job. */
function accessSql(): string {
  return `
    grant usage on schema graphile_worker to ${SERVER_ROLE};
    grant select, insert, update, delete on all tables in schema graphile_worker to ${SERVER_ROLE};
    grant usage on all sequences in schema graphile_worker to ${SERVER_ROLE};
    grant execute on all functions in schema graphile_worker to ${SERVER_ROLE};
    do $$ declare name text; begin
      for name in select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'graphile_worker' and c.relkind = 'r' and c.relrowsecurity
          and not exists (select 1 from pg_policy p where p.polrelid = c.oid and p.polname = 'server')
      loop execute format('create policy server on graphile_worker.%I to ${SERVER_ROLE} using (true)', name);
      end loop;
    end $$;`;
}

export interface JobOptions {
  /** A job with the same key that has not begun is replaced. */
  key: string;
  runAt?: Date;
  /** Jobs of one queue run one after the other. */
  queue?: string;
}

/** Enqueues a job in the transaction that needs it: when that is rolled back, there is no job. */
export async function addJob(
  tx: Transaction,
  task: string,
  payload: Readonly<Record<string, string>>,
  { key, runAt, queue }: JobOptions,
): Promise<void> {
  const at: SQL = runAt === undefined ? sql`now()` : sql`${runAt.toISOString()}::timestamptz`;
  await tx.execute(sql`
    select graphile_worker.add_job(${task}, ${JSON.stringify(payload)}::json, run_at => ${at},
      queue_name => ${queue ?? null}, max_attempts => 25, job_key => ${key}, job_key_mode => 'replace')`);
}
