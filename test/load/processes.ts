import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../server/paths.ts';
import type { DelayName } from '../../server/sandbox/delays.ts';
import { sandboxEnvironment } from '../../server/sandbox/environment.ts';
import type { CallersMessage, CallersRequest } from './callers.ts';

/** The processes of a load run: stand-ins, callers, and the server that is looked at. */

export const credentials = {
  accountSid: `AC${'7'.repeat(32)}`,
  authToken: 'bench-auth-token',
  apiKey: 'bench-key',
};
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const children = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

export interface SandboxInfo {
  child: ChildProcess;
  urls: Record<string, string>;
  controlUrl: string;
}

export async function startSandbox(
  delays: DelayName,
  profile: 'timing' | 'speech' = 'timing',
): Promise<SandboxInfo> {
  const child = start(
    `${packageRoot}/dist/server/sandbox/main.js`,
    ['--json', '--profile', profile, '--delays', delays],
    {
      TWILIO_ACCOUNT_SID: credentials.accountSid,
      TWILIO_AUTH_TOKEN: credentials.authToken,
      SANDBOX_API_KEY: credentials.apiKey,
    },
    { stdout: true },
  );
  const text = await firstLine(child);
  return { child, ...(JSON.parse(text) as Omit<SandboxInfo, 'child'>) };
}

export interface Server {
  pid: number;
  /** The floor is connected to directly; the product is asked to call. */
  direct: string | null;
  baseUrl: string;
  stop(): Promise<void>;
}

export async function startFloor(sandbox: SandboxInfo): Promise<Server> {
  const child = start(here('./floor.js'), [], {
    DEEPGRAM_BASE_URL: sandbox.urls.deepgram ?? '',
    CARTESIA_BASE_URL: sandbox.urls.cartesia ?? '',
    CEREBRAS_BASE_URL: sandbox.urls.cerebras ?? '',
    KEY: credentials.apiKey,
  });
  const { url } = (await new Promise((resolve) => child.once('message', resolve))) as { url: string };
  return { pid: child.pid ?? 0, direct: url, baseUrl: '', stop: () => stopChild(child, 'SIGKILL') };
}

export async function startProduct(
  sandbox: SandboxInfo,
  callers: Callers,
  databaseUrl: string,
  execArgv: string[] = [],
): Promise<Server & { child: ChildProcess }> {
  const addresses = sandboxEnvironment({ ...sandbox.urls, twilio: callers.twilioUrl }, credentials);
  const child = start(
    `${packageRoot}/dist/server/commands/main.js`,
    ['start'],
    {
      ...(addresses as Record<string, string>),
      DATABASE_URL: databaseUrl,
      PORT: '0',
      LOG_LEVEL: 'error',
    },
    { execArgv, stderr: execArgv.length > 0 },
  );
  const ready = (await new Promise((resolve) => child.once('message', resolve))) as { publicBaseUrl: string };
  return {
    child,
    pid: child.pid ?? 0,
    direct: null,
    baseUrl: ready.publicBaseUrl,
    stop: () => stopChild(child, 'SIGTERM'),
  };
}

/** The callers' process, which is also the product's Twilio. */
export interface Callers {
  twilioUrl: string;
  send(request: CallersRequest): void;
  /** The next message of this type. */
  next<T extends CallersMessage['type']>(type: T): Promise<Extract<CallersMessage, { type: T }>>;
  stop(): Promise<void>;
}

export async function startCallers(): Promise<Callers> {
  const { accountSid, authToken } = credentials;
  const child = start(here('./callers.js'), ['--account-sid', accountSid, '--auth-token', authToken]);
  const next: Callers['next'] = (type) =>
    new Promise((resolve) => {
      const listen = (said: CallersMessage) => {
        if (said.type !== type) return;
        child.off('message', listen);
        resolve(said as Extract<CallersMessage, { type: typeof type }>);
      };
      child.on('message', listen);
    });
  const { twilioUrl } = await next('ready');
  return { twilioUrl, send: (request) => child.send(request), next, stop: () => stopChild(child, 'SIGKILL') };
}

export async function stopChild(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill(signal);
  await gone;
}

function start(
  script: string,
  args: string[],
  env: Record<string, string> = {},
  options: { execArgv?: string[]; stdout?: boolean; stderr?: boolean } = {},
): ChildProcess {
  const child = fork(script, args, {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
    execArgv: options.execArgv ?? [],
    stdio: [
      'ignore',
      options.stdout === true ? 'pipe' : 'ignore',
      options.stderr === true ? 'pipe' : 'inherit',
      'ipc',
    ],
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
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
