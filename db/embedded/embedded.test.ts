import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import postgres from 'postgres';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../server/paths.ts';
import { until } from '../../test/sandbox.ts';
import { startPersistentPostgres } from './index.ts';

/** Holds the database of a home in a process of its own, until it is told to stop or is killed. */
const HOLDER = `
  const { startPersistentPostgres } = await import(process.argv[1]);
  const server = await startPersistentPostgres(process.argv[2]);
  console.log(JSON.stringify({ origin: server.origin, url: server.ownerUrl('postgres') }));
  process.stdin.resume().on('end', async () => { await server.stop(); process.exit(0); });
`;

let home: string;
let holders: ChildProcess[] = [];

beforeEach(() => {
  home = mkdtempSync(path.join(os.tmpdir(), 'ringback-test-home-'));
  chmodSync(home, 0o755);
});
afterEach(async () => {
  for (const holder of holders) holder.kill('SIGKILL');
  await until('the server is gone', () => !serverIsAlive());
  rmSync(home, { recursive: true, force: true });
  holders = [];
});

async function hold(): Promise<{ process: ChildProcess; origin: string; url: string }> {
  const entry = path.join(packageRoot, 'dist', 'db', 'embedded', 'index.js');
  const child = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, entry, home], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  holders.push(child);
  const lines = readline.createInterface({ input: child.stdout });
  const [line] = (await once(lines, 'line')) as [string];
  return { process: child, ...(JSON.parse(line) as { origin: string; url: string }) };
}

async function answers(url: string): Promise<number> {
  const client = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    const [row] = await client`select 1 as one`;
    return row?.one as number;
  } finally {
    await client.end();
  }
}

function serverIsAlive(): boolean {
  const file = path.join(home, 'data', 'postmaster.pid');
  if (!existsSync(file)) return false;
  try {
    process.kill(Number(readFileSync(file, 'utf8').split('\n')[0]), 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

describe('the embedded server', () => {
  it('is shared by several first starts at once, and lives until the last of them lets go', async () => {
    const users = await Promise.all([hold(), hold(), hold()]);
    expect(users.map((user) => user.origin).sort()).toEqual(['adopted', 'adopted', 'started']);
    const starter = users.find((user) => user.origin === 'started');
    const [one, two] = users.filter((user) => user !== starter);
    starter?.process.stdin?.end();
    await until('the first has gone', () => starter?.process.exitCode === 0);
    expect(await answers(one?.url ?? '')).toBe(1);
    one?.process.kill('SIGKILL');
    expect(await answers(two?.url ?? '')).toBe(1);
    two?.process.stdin?.end();
    await until('the server has stopped', () => !serverIsAlive());
  }, 60_000);

  it('stops when its only user is killed, and starts again with its data', async () => {
    const first = await hold();
    const client = postgres(first.url, { max: 1 });
    await client`create table kept (n int)`;
    await client`insert into kept values (42)`;
    await client.end();
    first.process.kill('SIGKILL');
    await until('the server has stopped', () => !serverIsAlive());
    const again = await startPersistentPostgres(home);
    const reader = postgres(again.ownerUrl('postgres'), { max: 1 });
    expect(await reader`select n from kept`).toEqual([{ n: 42 }]);
    await reader.end();
    await again.stop();
  }, 60_000);

  it('recovers when the server itself is killed', async () => {
    const first = await startPersistentPostgres(home);
    const pid = Number(readFileSync(path.join(home, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
    process.kill(pid, 'SIGKILL');
    await until('it is dead', () => !serverIsAlive());
    await first.stop();
    const again = await startPersistentPostgres(home);
    expect(await answers(again.ownerUrl('postgres'))).toBe(1);
    await again.stop();
  }, 60_000);

  it('explains itself when the data is of another version', async () => {
    const first = await startPersistentPostgres(home);
    await first.stop();
    await until('the server has stopped', () => !serverIsAlive());
    writeFileSync(path.join(home, 'data', 'PG_VERSION'), '9\n');
    await expect(startPersistentPostgres(home)).rejects.toMatchObject({
      code: 'postgres_version',
      remedy: expect.stringContaining('PG_BIN_DIR'),
    });
  }, 60_000);
});
