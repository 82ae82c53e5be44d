import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { postgres } from '../../db/driver.ts';
import { sleep, systemClock } from '../../server/clock.ts';

const POLL_MS = 50;

/** Restarts a PostgreSQL for real: its own fast shutdown, then the same command again. On Linux, whose /proc tells the command. */
export class PostgresRestarts {
  readonly #ownerUrl: string;
  #running: ChildProcess | null = null;

  constructor(ownerUrl: string) {
    this.#ownerUrl = ownerUrl;
  }

  /** @param downMs how long it stays away. */
  async restart(downMs: number): Promise<void> {
    const pid = await this.#pid();
    const [command = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    const { uid, gid } = statSync(`/proc/${pid}`);
    process.kill(pid, 'SIGINT');
    while (existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '')
      await sleep(systemClock, POLL_MS);
    await sleep(systemClock, downMs);
    this.#running = spawn(command, args, { uid, gid, cwd: '/', stdio: 'ignore', env: { LC_ALL: 'C' } });
    while (!(await this.#answers())) await sleep(systemClock, POLL_MS);
  }

  /** Ends what was started here. */
  async stop(): Promise<void> {
    const running = this.#running;
    if (running === null) return;
    const gone = new Promise<void>((done) => running.once('exit', () => done()));
    running.kill('SIGINT');
    await gone;
  }

  async #pid(): Promise<number> {
    const client = postgres(this.#ownerUrl, { max: 1 });
    try {
      const [row] = await client<
        { folder: string }[]
      >`select setting as folder from pg_settings where name = 'data_directory'`;
      return Number(readFileSync(path.join(row?.folder ?? '', 'postmaster.pid'), 'utf8').split('\n')[0]);
    } finally {
      await client.end();
    }
  }

  async #answers(): Promise<boolean> {
    const client = postgres(this.#ownerUrl, { max: 1, connect_timeout: 1 });
    try {
      await client`select 1`;
      return true;
    } catch {
      return false; // it is asked again
    } finally {
      await client.end({ timeout: 0 });
    }
  }
}
