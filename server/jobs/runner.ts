import { EventEmitter } from 'node:events';
import { sql } from 'drizzle-orm';
import { type Runner, run, type TaskList, type WorkerEvents, Logger as WorkerLogger } from 'graphile-worker';
import type { Actor, Database } from '../../db/connection.ts';
import { workerHeartbeats } from '../../db/schema/index.ts';
import type { CancelTimer, Clock } from '../clock.ts';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';

/** What a job does. It may run twice, beside itself in another process, or again after a crash: its body must not mind. */
export type Job = (payload: Record<string, string>) => Promise<void>;

/** Looks for work that was missed: whatever a lost job or message should have done. */
export interface Sweep {
  name: string;
  everyMs: number;
  /** In every instance; the others run in the one that leads. */
  everywhere?: boolean;
  run(): Promise<void>;
}

export interface JobRunnerParts {
  db: Database;
  databaseUrl: string;
  jobs: Readonly<Record<string, Job>>;
  sweeps: readonly Sweep[];
  /** Whether this instance does what only one should. */
  leads(): boolean;
  clock: Clock;
  log: Logger;
}

export interface JobRunner {
  /** Lets running jobs finish and stops. */
  stop(): Promise<void>;
}

/** More than the three that webhooks to slow receivers may keep busy (announcing/deliveries.ts). */
const CONCURRENCY = 8;
const POLL_MS = 1_000;
const HEARTBEAT_MS = 5_000;
/** A worker that was silent for so long is dead. graphile-worker itself would wait four hours. */
const DEAD_AFTER = '30 seconds';
const UNLOCK: Omit<Sweep, 'run'> = { name: 'release the jobs of dead workers', everyMs: 15_000 };
const SYSTEM: Actor = { kind: 'system', purpose: 'keep jobs going' };

/** Runs durable jobs, tells that it is alive, and sweeps. */
export async function startJobs(parts: JobRunnerParts): Promise<JobRunner> {
  const { db, log, clock } = parts;
  const workers = new Set<string>();
  const timers = new Map<string, CancelTimer>();
  const running = new Set<Promise<void>>();
  let stopped = false;
  const repeat = (sweep: Sweep, delayMs: number) => {
    const task = () => {
      const isOurs = sweep.everywhere === true || parts.leads();
      const work = (isOurs ? sweep.run() : Promise.resolve())
        .catch((error: unknown) => {
          if (!stopped) log.error({ sweep: sweep.name, problem: describeError(error) }, 'a sweep failed');
        })
        .then(() => {
          running.delete(work);
          if (!stopped) repeat(sweep, sweep.everyMs);
        });
      running.add(work);
    };
    timers.set(sweep.name, clock.after(delayMs, task));
  };

  const runner: Runner = await run({
    connectionString: parts.databaseUrl,
    taskList: taskListOf(parts),
    concurrency: CONCURRENCY,
    maxPoolSize: CONCURRENCY + 2,
    pollInterval: POLL_MS,
    noHandleSignals: true,
    noPreparedStatements: true,
    parsedCronItems: [],
    logger: quietLogger(log),
    events: eventsTelling(workers),
  });
  const heartbeat = () => tellAlive(db, workers);
  await heartbeat();
  repeat({ name: 'heartbeat', everyMs: HEARTBEAT_MS, everywhere: true, run: heartbeat }, HEARTBEAT_MS);
  repeat({ ...UNLOCK, run: () => releaseDeadWorkers(db, log) }, 0);
  for (const sweep of parts.sweeps) repeat(sweep, 0);
  return {
    async stop() {
      stopped = true;
      for (const cancel of timers.values()) cancel();
      await Promise.all(running);
      await runner.stop();
    },
  };
}

function taskListOf({ jobs, log }: JobRunnerParts): TaskList {
  return Object.fromEntries(
    Object.entries(jobs).map(([name, job]) => [
      name,
      async (payload: unknown) => {
        try {
          await job(payload as Record<string, string>);
        } catch (error) {
          log.warn({ job: name, problem: describeError(error) }, 'a job failed and will be tried again');
          throw error;
        }
      },
    ]),
  );
}

/** Notes the names under which this process locks jobs. */
function eventsTelling(workers: Set<string>): WorkerEvents {
  const events: WorkerEvents = new EventEmitter();
  events.on('pool:create', ({ workerPool }) => workers.add(workerPool.id));
  events.on('worker:create', ({ worker }) => workers.add(worker.workerId));
  return events;
}

async function tellAlive(db: Database, workers: ReadonlySet<string>): Promise<void> {
  if (workers.size === 0) return;
  const rows = [...workers].map((workerId) => ({ workerId, seenAt: sql`now()` }));
  await db.as(SYSTEM, (tx) =>
    tx
      .insert(workerHeartbeats)
      .values(rows)
      .onConflictDoUpdate({ target: workerHeartbeats.workerId, set: { seenAt: sql`now()` } }),
  );
}

async function releaseDeadWorkers(db: Database, log: Logger): Promise<void> {
  const released = await db.as(SYSTEM, async (tx) => {
    const dead = await tx.execute<{ id: string }>(sql`
      select distinct j.locked_by as id from graphile_worker._private_jobs j
      left join ${workerHeartbeats} h on h.worker_id = j.locked_by
      where j.locked_by is not null and j.locked_at < now() - ${DEAD_AFTER}::interval
        and coalesce(h.seen_at, '-infinity') < now() - ${DEAD_AFTER}::interval`);
    const ids = dead.map(({ id }) => id);
    if (ids.length > 0)
      await tx.execute(
        sql`select graphile_worker.force_unlock_workers(array(select jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)))`,
      );
    await tx.execute(sql`delete from ${workerHeartbeats} where seen_at < now() - interval '1 hour'`);
    return ids;
  });
  if (released.length > 0) log.warn({ workers: released.length }, 'released the jobs of dead workers');
}

/** graphile-worker tells of every job; only what went wrong is worth a line, and failed jobs have theirs already. */
function quietLogger(log: Logger): WorkerLogger {
  return new WorkerLogger(() => (level, message) => {
    if (level === 'error' && !message.startsWith('Failed task')) log.error({ detail: message }, 'job queue');
  });
}
