import { execFileSync, spawn } from 'node:child_process';
import {
  chownSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { RingbackError } from '../../server/errors.ts';
import { type Account, spawnIds } from './account.ts';
import type { PostgresBinaries } from './binaries.ts';
import { dataDirectory } from './cluster.ts';

const START_DEADLINE_MS = 30_000;
const POLL_MS = 20;

/**
 * Runs the server, and stops it when the last process that uses it is gone, however that process went.
 * Every user holds the write end of a named pipe; `cat` sees its end only when the last one closed it,
 * which the kernel does even after `kill -9`.
 */
const GUARDED_SERVER =
  'pipe=$1; shift; "$@" & server=$!; ( cat "$pipe" >/dev/null; kill -INT $server 2>/dev/null ) & wait $server';

export interface Postmaster {
  port: number;
  origin: 'started' | 'adopted';
  /** Lets go of the server. It stops when nobody else holds it; `waitForExit` waits for that. */
  release(waitForExit: boolean): Promise<void>;
}

/** Starts the cluster's server, or adopts one that another process of ours already runs. */
export async function holdPostmaster(
  account: Account,
  binaries: PostgresBinaries,
  home: string,
  settings: string[],
): Promise<Postmaster> {
  const deadline = performance.now() + START_DEADLINE_MS;
  while (performance.now() < deadline) {
    const adopted = await adopt(home, deadline);
    if (adopted !== undefined) return adopted;
    const started = await start(account, binaries, home, settings, deadline);
    if (started !== undefined) return started; // undefined: another process won the race, so adopt its server
  }
  throw new RingbackError(
    'postgres_start',
    `PostgreSQL in ${home} did not become ready within ${START_DEADLINE_MS / 1000} s.`,
    {
      remedy: `Read ${path.join(home, 'postgres.log')}; if the data is damaged, move ${dataDirectory(home)} away.`,
    },
  );
}

async function adopt(home: string, deadline: number): Promise<Postmaster | undefined> {
  while (performance.now() < deadline) {
    const running = runningServer(home);
    if (running === undefined) return undefined;
    if (running.ready) {
      const pipe = openForWriting(pipePath(home, running.port));
      if (pipe === undefined) return undefined; // its guard is gone, so it is stopping
      if (runningServer(home)?.pid === running.pid)
        return held(home, running.pid, running.port, 'adopted', pipe);
      closeSync(pipe);
    }
    await wait(POLL_MS);
  }
  return undefined;
}

async function start(
  account: Account,
  binaries: PostgresBinaries,
  home: string,
  settings: string[],
  deadline: number,
): Promise<Postmaster | undefined> {
  removeRecycledPidFile(home);
  removeOldPipes(home);
  const port = await freePort();
  const pipe = createPipe(account, home, port);
  const log = openSync(path.join(home, 'postgres.log'), 'a', 0o600);
  const server = [
    path.join(binaries.directory, 'postgres'),
    ...['-D', dataDirectory(home), '-p', String(port)],
    ...[
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      'timezone=UTC',
      'log_timezone=UTC',
      'max_connections=100',
      ...settings,
    ].flatMap((setting) => ['-c', setting]),
  ];
  // Detached: Ctrl-C in the terminal must not stop the database while calls are still being settled.
  const child = spawn('/bin/sh', ['-c', GUARDED_SERVER, 'sh', pipePath(home, port), ...server], {
    ...spawnIds(account),
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log],
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
  });
  closeSync(log);
  let exited = false;
  child.once('exit', () => {
    exited = true;
  });
  while (!exited && performance.now() < deadline) {
    const running = runningServer(home);
    if (running?.ready && running.port === port) {
      child.unref();
      return held(home, running.pid, port, 'started', pipe);
    }
    await wait(POLL_MS);
  }
  closeSync(pipe);
  return undefined;
}

function held(
  home: string,
  pid: number,
  port: number,
  origin: Postmaster['origin'],
  pipe: number,
): Postmaster {
  let released = false;
  return {
    port,
    origin,
    async release(waitForExit) {
      if (released) return;
      released = true;
      closeSync(pipe);
      const deadline = performance.now() + START_DEADLINE_MS;
      while (waitForExit && runningServer(home)?.pid === pid && performance.now() < deadline)
        await wait(POLL_MS);
    },
  };
}

interface RunningServer {
  pid: number;
  port: number;
  ready: boolean;
}

/** Reads postmaster.pid (line 1 pid, 4 port, 8 status) and believes it only if that process is a PostgreSQL on our data. */
function runningServer(home: string): RunningServer | undefined {
  const lines = pidFileLines(home);
  if (lines === undefined) return undefined;
  const pid = Number(lines[0]);
  if (!isAlive(pid) || !isPostgresOn(pid, dataDirectory(home))) return undefined;
  return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
}

/** After a reboot the old pid may belong to another program; PostgreSQL would then refuse to start. */
function removeRecycledPidFile(home: string): void {
  const lines = pidFileLines(home);
  if (lines === undefined) return;
  const pid = Number(lines[0]);
  if (isAlive(pid) && !isPostgresOn(pid, dataDirectory(home)))
    rmSync(path.join(dataDirectory(home), 'postmaster.pid'), { force: true });
}

function pidFileLines(home: string): string[] | undefined {
  const file = path.join(dataDirectory(home), 'postmaster.pid');
  return existsSync(file) ? readIfThere(file)?.split('\n') : undefined;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function isPostgresOn(pid: number, data: string): boolean {
  const command =
    process.platform === 'linux'
      ? (readIfThere(`/proc/${pid}/cmdline`) ?? '')
      : execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  return command.includes('postgres') && command.includes(data);
}

/** One pipe for each attempt to start, found again by the port that the winner wrote into postmaster.pid. */
function pipePath(home: string, port: number): string {
  return path.join(home, `users.${port}.pipe`);
}

function createPipe(account: Account, home: string, port: number): number {
  const pipe = pipePath(home, port);
  rmSync(pipe, { force: true });
  execFileSync('mkfifo', ['-m', '600', pipe]);
  if (account.kind === 'other') chownSync(pipe, account.uid, account.gid);
  return openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
}

/** Pipes of servers that are gone; one younger than the start deadline may belong to a start that is under way. */
function removeOldPipes(home: string): void {
  for (const name of readdirSync(home)) {
    const file = path.join(home, name);
    if (/^users\.\d+\.pipe$/.test(name) && Date.now() - statSync(file).mtimeMs > START_DEADLINE_MS)
      rmSync(file, { force: true });
  }
}

function openForWriting(pipe: string): number | undefined {
  try {
    return openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENXIO' || code === 'ENOENT') return undefined;
    throw error;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as net.AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
