import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTemporaryDatabase, type TemporaryDatabase } from '../db/temporary.ts';
import { issueToken } from '../server/http/access/tokens.ts';
import { packageRoot } from '../server/paths.ts';
import { until } from './sandbox.ts';

/** `npm run sandbox` in one process, `npm start` in another from a copy that has no sandbox, addresses by environment only. */

let folder: string;
let database: TemporaryDatabase;
const children: ChildProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'ringback-server-only-'));
  for (const name of ['package.json', 'prompts', 'db', 'node_modules'])
    symlinkSync(path.join(packageRoot, name), path.join(folder, name));
  cpSync(path.join(packageRoot, 'dist'), path.join(folder, 'dist'), {
    recursive: true,
    filter: (source) => source !== path.join(packageRoot, 'dist', 'server', 'sandbox'),
  });
  database = await openTemporaryDatabase();
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Running {
  output: () => string;
  /** Waits for it to end by itself. */
  exit(): Promise<number | null>;
  stop(): Promise<number | null>;
}

function run(root: string, command: string, env: Record<string, string>): Running {
  const child = spawn(process.execPath, [path.join(root, 'dist', 'server', 'commands', 'main.js'), command], {
    cwd: root,
    env: { PATH: process.env.PATH, LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let output = '';
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    output += data.toString();
  });
  const exit = async () => {
    await until(`${command} has stopped`, () => child.exitCode !== null || child.signalCode !== null, 30_000);
    return child.exitCode;
  };
  return {
    output: () => output,
    exit,
    stop() {
      child.kill('SIGTERM');
      return exit();
    },
  };
}

interface Pair {
  server: Running;
  sandbox: Running;
  baseUrl: string;
  headers: Record<string, string>;
}

/** Starts both, tells the server nothing but addresses, and gives what a client needs. */
async function startPair(): Promise<Pair> {
  const sandbox = run(packageRoot, 'sandbox', {});
  await until('the sandbox is ready', () => sandbox.output().includes('OPENAI_API_KEY'));
  const addresses = Object.fromEntries(
    [...sandbox.output().matchAll(/^export ([A-Z_]+)=(.+)$/gm)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  );
  const server = run(folder, 'start', { ...addresses, DATABASE_URL: database.ownerUrl, PORT: '0' });
  await until('the server is ready', () => server.output().includes('Ringback listens on'), 20_000);
  const token = await issueToken(database.db, { role: 'admin', label: 'test' });
  return {
    server,
    sandbox,
    baseUrl: /Ringback listens on (\S+)/.exec(server.output())?.[1] ?? '',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  };
}

async function placeCall({ baseUrl, headers }: Pair): Promise<string> {
  const body = JSON.stringify({ to: '+15550188', displayName: 'Alice' });
  const placed = await fetch(`${baseUrl}/api/calls`, { method: 'POST', headers, body });
  return ((await placed.json()) as { id: string }).id;
}

describe('server and sandbox as strangers', () => {
  it('hold a whole call, and both stop when they are asked to', async () => {
    const pair = await startPair();
    expect(pair.server.output()).toMatch(/twilio\s+sandbox\s+http:\/\/127\.0\.0\.1/);
    const id = await placeCall(pair);
    const events = await fetch(`${pair.baseUrl}/api/calls/${id}/events`, { headers: pair.headers });
    expect(await events.text()).toContain('"reason":"persona-said-goodbye"');
    expect(await pair.server.stop()).toBe(0);
    expect(await pair.sandbox.stop()).toBe(0);
  }, 90_000);

  it('a server that is told to stop in mid-call says goodbye first, and loses no row', async () => {
    const pair = await startPair();
    const id = await placeCall(pair);
    await until('the call is live', async () => {
      const call = await fetch(`${pair.baseUrl}/api/calls/${id}`, { headers: pair.headers });
      return ((await call.json()) as { state: string }).state === 'live';
    });
    expect(await pair.server.stop()).toBe(0);
    const call = await database.db.as({ kind: 'system', purpose: 'test' }, (tx) =>
      tx.query.calls.findFirst({ where: (calls, { eq }) => eq(calls.id, id) }),
    );
    expect(call).toMatchObject({ state: 'ended', endReason: 'draining' });
    expect(await pair.sandbox.stop()).toBe(0);
  }, 90_000);

  it('a server with a broken environment says what to do and exits with 1', async () => {
    const server = run(folder, 'start', { PORT: 'eighty', TWILIO_PHONE_NUMBER: 'nobody' });
    expect(await server.exit()).toBe(1);
    for (const text of ['PORT is "eighty"', 'TWILIO_PHONE_NUMBER', '.env.example'])
      expect(server.output()).toContain(text);
  });
});
