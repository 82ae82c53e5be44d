import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openTemporaryDatabase } from '../../db/temporary.ts';
import { issueToken } from '../../server/http/access/tokens.ts';
import { packageRoot } from '../../server/paths.ts';
import { DELAYS, type DelayName } from '../../server/sandbox/delays.ts';
import { sandboxEnvironment } from '../../server/sandbox/environment.ts';
import type { CallersMessage, CallersRequest } from './callers.ts';
import { usageOf } from './process-usage.ts';
import { type Run, reportOf, summarise } from './report.ts';

/**
 * npm run bench: the product and, interleaved with it, the floor, under the same calls against the same stand-ins.
 * Server, stand-ins and callers are processes of their own.
 *   --calls 1,10,50,100   --delays zero,modelled   --seconds 20   --rounds 1
 */
const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '1,10,50,100' },
    delays: { type: 'string', default: 'zero,modelled' },
    seconds: { type: 'string', default: '20' },
    warm: { type: 'string', default: '9' },
    rounds: { type: 'string', default: '1' },
  },
});

const credentials = { accountSid: `AC${'7'.repeat(32)}`, authToken: 'bench-auth-token', apiKey: 'bench-key' };
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const children = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

const database = await openTemporaryDatabase();
const token = await issueToken(database.db, { role: 'admin', label: 'bench' });
const runs: Run[] = [];
try {
  for (const delays of values.delays.split(',') as DelayName[]) {
    if (!(delays in DELAYS)) throw new Error(`--delays must be some of ${Object.keys(DELAYS).join(', ')}`);
    for (const calls of values.calls.split(',').map(Number)) await measureCell(delays, calls);
  }
} finally {
  await database.close();
}
process.stdout.write(`\n${summarise(runs)}\n`);

async function measureCell(delays: DelayName, calls: number): Promise<void> {
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const subject of ['floor', 'product', 'floor'] as const) {
      const run = await measure(subject, delays, calls);
      runs.push(run);
      process.stdout.write(`${reportOf(run)}\n`);
    }
  }
}

async function measure(subject: 'floor' | 'product', delays: DelayName, calls: number): Promise<Run> {
  const sandbox = await startSandbox(delays);
  const callers = start(here('./callers.js'), [
    '--account-sid',
    credentials.accountSid,
    '--auth-token',
    credentials.authToken,
  ]);
  const { twilioUrl } = (await message(callers, 'ready')) as Extract<CallersMessage, { type: 'ready' }>;
  const server = subject === 'floor' ? await startFloor(sandbox) : await startProduct(sandbox, twilioUrl);
  await wait(1_500);
  const idle = usageOf(server.pid);
  callers.send({
    type: 'place',
    calls,
    direct: server.direct,
    api: server.direct === null ? { baseUrl: server.baseUrl, token } : null,
  } satisfies CallersRequest);
  await wait(Number(values.warm) * 1_000 + calls * 40);
  callers.send({ type: 'measure' } satisfies CallersRequest);
  const before = usageOf(server.pid);
  const beganAt = performance.now();
  await wait(Number(values.seconds) * 1_000);
  const after = usageOf(server.pid);
  const minutes = (performance.now() - beganAt) / 60_000;
  const figures = message(callers, 'figures') as Promise<Extract<CallersMessage, { type: 'figures' }>>;
  callers.send({ type: 'hang-up' } satisfies CallersRequest);
  const { lines, loopLagP99Ms, opened } = await figures;
  await wait(1_100);
  const leftOpen = await socketsOf(sandbox.controlUrl);
  const heardBytes = await heardBytesOf(sandbox.controlUrl);
  await server.stop();
  sandbox.child.kill('SIGTERM');
  await exited(sandbox.child);
  return {
    subject,
    delays,
    calls,
    opened,
    lines,
    loopLagP99Ms,
    cpuPerCallMinute: (after.cpuSeconds - before.cpuSeconds) / minutes / calls,
    kilobytesPerCall: (after.residentKilobytes - idle.residentKilobytes) / calls,
    leftOpen,
    lostFrames: lines.reduce((sum, line) => sum + line.sentFrames, 0) - heardBytes / 160,
  };
}

interface SandboxInfo {
  child: ChildProcess;
  urls: Record<string, string>;
  controlUrl: string;
}

async function startSandbox(delays: DelayName): Promise<SandboxInfo> {
  const child = start(
    `${packageRoot}/dist/server/sandbox/main.js`,
    ['--json', '--profile', 'timing', '--delays', delays],
    {
      TWILIO_ACCOUNT_SID: credentials.accountSid,
      TWILIO_AUTH_TOKEN: credentials.authToken,
      SANDBOX_API_KEY: credentials.apiKey,
    },
    true,
  );
  const text = await firstLine(child);
  return { child, ...(JSON.parse(text) as Omit<SandboxInfo, 'child'>) };
}

interface Server {
  pid: number;
  /** The floor is connected to directly; the product is asked to call. */
  direct: string | null;
  baseUrl: string;
  stop(): Promise<void>;
}

async function startFloor(sandbox: SandboxInfo): Promise<Server> {
  const child = start(here('./floor.js'), [], {
    DEEPGRAM_BASE_URL: sandbox.urls.deepgram ?? '',
    CARTESIA_BASE_URL: sandbox.urls.cartesia ?? '',
    CEREBRAS_BASE_URL: sandbox.urls.cerebras ?? '',
    KEY: credentials.apiKey,
  });
  const { url } = (await new Promise((resolve) => child.once('message', resolve))) as { url: string };
  return { pid: child.pid ?? 0, direct: url, baseUrl: '', stop: () => stopChild(child, 'SIGKILL') };
}

async function startProduct(sandbox: SandboxInfo, twilioUrl: string): Promise<Server> {
  const addresses = sandboxEnvironment({ ...sandbox.urls, twilio: twilioUrl }, credentials);
  const child = start(`${packageRoot}/dist/server/commands/main.js`, ['start'], {
    ...(addresses as Record<string, string>),
    DATABASE_URL: database.ownerUrl,
    PORT: '0',
    LOG_LEVEL: 'error',
  });
  const ready = (await new Promise((resolve) => child.once('message', resolve))) as { publicBaseUrl: string };
  return {
    pid: child.pid ?? 0,
    direct: null,
    baseUrl: ready.publicBaseUrl,
    stop: () => stopChild(child, 'SIGTERM'),
  };
}

function start(
  script: string,
  args: string[],
  env: Record<string, string> = {},
  piped = false,
): ChildProcess {
  const child = fork(script, args, {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
    stdio: ['ignore', piped ? 'pipe' : 'ignore', 'inherit', 'ipc'],
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

function message(child: ChildProcess, type: CallersMessage['type']): Promise<CallersMessage> {
  return new Promise((resolve) => {
    const listen = (said: CallersMessage) => {
      if (said.type !== type) return;
      child.off('message', listen);
      resolve(said);
    };
    child.on('message', listen);
  });
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    child.stdout?.on('data', (part: Buffer) => {
      text += part.toString();
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
  });
}

async function stopChild(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const gone = exited(child);
  child.kill(signal);
  await gone;
}

function exited(child: ChildProcess): Promise<void> {
  return child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', () => resolve()));
}

async function socketsOf(controlUrl: string): Promise<number> {
  const response = await fetch(`${controlUrl}/connections`);
  const open = (await response.json()) as Record<string, number>;
  return Object.values(open).reduce((sum, count) => sum + count, 0);
}

/** Audio that speech-to-text was sent in all. */
async function heardBytesOf(controlUrl: string): Promise<number> {
  const response = await fetch(`${controlUrl}/journal?vendor=deepgram`);
  const { entries } = (await response.json()) as {
    entries: Array<{ what: string; detail: { audioBytes?: number } }>;
  };
  return entries
    .filter((entry) => entry.what === 'closed')
    .reduce((sum, entry) => sum + (entry.detail.audioBytes ?? 0), 0);
}
