import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { openTemporaryDatabase, type TemporaryDatabase } from '../db/temporary.ts';
import { issueToken } from '../server/http/access/tokens.ts';
import { packageRoot } from '../server/paths.ts';
import { sandboxEnvironment } from '../server/sandbox/environment.ts';
import { variables } from '../server/variables.ts';
import { freePort } from './free-port.ts';
import { RoundRobin } from './round-robin.ts';
import { credentials, startTestSandbox, type TestSandbox, until } from './sandbox.ts';
import { zoneAt } from './zones.ts';

/** What the deployment files say is what is run here: two processes with that command, environment and probes. */

const read = (name: string) => readFileSync(path.join(packageRoot, name), 'utf8');

interface HttpProbe {
  httpGet: { path: string };
  periodSeconds: number;
  timeoutSeconds: number;
  failureThreshold: number;
}
interface Deployment {
  kind: string;
  spec: {
    replicas: number;
    template: {
      spec: {
        terminationGracePeriodSeconds: number;
        containers: Array<{
          command: string[];
          env: Array<{ name: string; value: string }>;
          startupProbe: HttpProbe;
          readinessProbe: HttpProbe;
          livenessProbe: HttpProbe;
        }>;
      };
    };
  };
}
const documents = parseAllDocuments(read('docs/kubernetes.yaml')).map((one) => one.toJS() as Deployment);
const deployment = documents.find(({ kind }) => kind === 'Deployment') as Deployment;
const pod = deployment.spec.template.spec;
const [container] = pod.containers as [Deployment['spec']['template']['spec']['containers'][number]];
const stated = Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
const compose = parse(read('compose.yaml')) as {
  services: {
    ringback: {
      environment: Record<string, string>;
      deploy: { replicas: number };
      stop_grace_period: string;
    };
  };
};
/** How long the process itself takes at most, after which it ends on its own (server/commands/start.ts). */
const GOODBYE_SECONDS = 60;

/** A house on pretended money rings only numbers that are listed. */
const NUMBERS = Array.from({ length: 8 }, (_, i) => `+1201555013${i}`);

describe('the deployment files', () => {
  it('start the same command, in a form that lets SIGTERM reach it', () => {
    const inImage = JSON.parse(/^CMD (\[.+\])$/m.exec(read('Dockerfile'))?.[1] ?? '[]') as string[];
    expect(container.command).toEqual(inImage);
    expect(inImage[0]).toBe('node');
  });

  it('name no variable that nobody reads', () => {
    const known = new Set(variables.map(({ name }) => name));
    const { environment } = compose.services.ringback;
    for (const name of [...Object.keys(stated), ...Object.keys(environment)]) expect(known).toContain(name);
  });

  it('give a drain the time that it takes', () => {
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(Number(stated.DRAIN_SECONDS) + GOODBYE_SECONDS);
    const { stop_grace_period: grace, environment } = compose.services.ringback;
    const [, minutes = '0', seconds = '0'] = /^(\d+)m(\d+)s$/.exec(grace) ?? [];
    expect(Number(minutes) * 60 + Number(seconds)).toBeGreaterThan(
      Number(environment.DRAIN_SECONDS) + GOODBYE_SECONDS,
    );
  });

  it('take an instance out of service within five seconds, and restart none because a vendor is down', () => {
    const { periodSeconds, failureThreshold, timeoutSeconds } = container.readinessProbe;
    expect(periodSeconds * failureThreshold + timeoutSeconds).toBeLessThanOrEqual(5);
    expect(container.readinessProbe.httpGet.path).toBe('/ready');
    expect(container.livenessProbe.httpGet.path).toBe('/health');
    expect(container.startupProbe.httpGet.path).toBe('/health');
  });

  it('have two instances', () => {
    expect([deployment.spec.replicas, compose.services.ringback.deploy.replicas]).toEqual([2, 2]);
  });
});

describe('two instances behind a proxy, as the manifest says', () => {
  let sandbox: TestSandbox;
  let database: TemporaryDatabase;
  let proxy: RoundRobin;
  let token: string;
  const numbers = [...NUMBERS];
  const instances: Array<{ port: number; child: ChildProcess; output: () => string }> = [];

  /** The manifest's own variables; beside them what its secret holds, and where this machine differs. */
  const start = (port: number, publicBaseUrl: string) => {
    const secret = {
      ...sandboxEnvironment(sandbox.urls, credentials),
      TWILIO_PHONE_NUMBER: '+12015550123',
      STRIPE_WEBHOOK_SECRET: 'whsec_test',
      DATABASE_URL: database.ownerUrl,
      ALLOW_INSECURE_VENDOR_URLS: '1',
      SANDBOX_MONEY_NUMBERS: NUMBERS.join(','),
    };
    const here = {
      PUBLIC_BASE_URL: publicBaseUrl,
      PORT: String(port),
      LOG_LEVEL: 'warn',
      PATH: process.env.PATH,
    };
    const [command = '', ...args] = container.command;
    const child = spawn(command, args, {
      cwd: packageRoot,
      env: { ...secret, ...stated, ...here },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => {
        output += data.toString();
      });
    instances.push({ port, child, output: () => output });
  };
  const api = async <T>(route: string, body?: object): Promise<T & { status: number }> => {
    const answer = await fetch(proxy.url + route, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { ...((await answer.json()) as T), status: answer.status };
  };

  interface Call {
    id: string;
    state: string;
    endReason: string | null;
    /** Why there is none. */
    type?: string;
    transcript: Array<{ speaker: string }>;
  }
  const ended = async (id: string) => {
    await until('it is over', async () => (await api<Call>(`/api/calls/${id}`)).state === 'ended', 60_000);
    return api<Call>(`/api/calls/${id}`);
  };
  const talkative = (seconds: number) => ({
    answerAfterMs: 50,
    lines: [
      { cue: { after: 'answer' as const, delayMs: 100 }, text: 'Hello?' },
      { cue: { after: 'reply' as const, delayMs: 500 }, text: 'Yes, this is Alice.' },
      { cue: { after: 'reply' as const, delayMs: seconds * 1_000 }, text: 'Okay, goodbye.' },
    ],
  });
  /** A real number, proven and agreed by text, as a live house wants it. */
  const agreed = async () => {
    const to = numbers.pop() ?? '';
    await api('/api/consents/ask', { to, displayName: 'Alice' });
    await sandbox.textIn({ from: to, to: '+12015550123', body: 'YES', url: `${proxy.url}/twilio/sms` });
    return { to, displayName: 'Alice', timeZone: zoneAt(12) };
  };

  beforeAll(async () => {
    [sandbox, database] = await Promise.all([startTestSandbox(), openTemporaryDatabase()]);
    token = await issueToken(database.db, { role: 'admin', label: 'test' });
    const [front, one, other] = await Promise.all([freePort(), freePort(), freePort()]);
    for (const port of [one, other]) start(port, `http://127.0.0.1:${front}`);
    const { startupProbe, readinessProbe } = container;
    const isUp = async ({ port, child, output }: (typeof instances)[number]) => {
      if (child.exitCode !== null) throw new Error(`it ended: ${output()}`);
      const signal = AbortSignal.timeout(startupProbe.timeoutSeconds * 1_000);
      return fetch(`http://127.0.0.1:${port}${startupProbe.httpGet.path}`, { signal }).then(
        ({ ok }) => ok,
        () => false,
      );
    };
    for (const instance of instances)
      await until(
        'the instance is up',
        () => isUp(instance),
        startupProbe.periodSeconds * startupProbe.failureThreshold * 1_000,
      );
    proxy = await RoundRobin.open(front, [one, other], {
      path: readinessProbe.httpGet.path,
      periodMs: readinessProbe.periodSeconds * 1_000,
      timeoutMs: readinessProbe.timeoutSeconds * 1_000,
      failureThreshold: readinessProbe.failureThreshold,
    });
    await until('both are ready', () => proxy.ready.length === 2, 20_000);
  }, 150_000);
  afterAll(async () => {
    for (const { child } of instances) child.kill('SIGKILL');
    await proxy?.close();
    await database?.close();
    await sandbox?.close();
  });

  it('share the work: whoever gets a request serves it, and calls are whole', async () => {
    const wishes = await Promise.all([agreed(), agreed(), agreed(), agreed()]);
    for (const { to } of wishes) await sandbox.putCaller(to, talkative(0.5));
    const calls = await Promise.all(wishes.map((wish) => api<Call>('/api/calls', wish)));
    expect(calls.map(({ status, type }) => type ?? status)).toEqual([201, 201, 201, 201]);
    for (const { id } of calls) {
      const call = await ended(id);
      expect(call.endReason).toBe('persona-said-goodbye');
      expect(call.transcript.map(({ speaker }) => speaker)).toEqual([
        'caller',
        'persona',
        'caller',
        'persona',
        'caller',
        'persona',
      ]);
    }
    const counts = Object.values(proxy.requests);
    expect(Math.min(...counts)).toBeGreaterThan(5);
  }, 120_000);

  it('lose no call when one of them is replaced: it takes nothing new, its calls end by themselves, and it goes', async () => {
    const wish = await agreed();
    await sandbox.putCaller(wish.to, talkative(6));
    const { id } = await api<Call>('/api/calls', wish);
    await until('it is live', async () => (await api<Call>(`/api/calls/${id}`)).state === 'live', 20_000);
    await until('somebody says that they hold it', async () => {
      const { instances: seen } = await api<{ instances: Array<{ liveCalls: number }> }>('/api/instances');
      return seen.some(({ liveCalls }) => liveCalls === 1);
    });
    // Whichever is replaced, the call must go on: the first one is, with the call or without it.
    const [replaced, stays] = instances as [(typeof instances)[number], (typeof instances)[number]];
    replaced.child.kill('SIGTERM');
    const { periodSeconds, timeoutSeconds } = container.readinessProbe;
    await until(
      'it is out of service',
      () => !proxy.ready.includes(replaced.port),
      (periodSeconds + timeoutSeconds) * 1_000,
    );
    const before = proxy.requests[replaced.port];
    const next = await agreed();
    await sandbox.putCaller(next.to, talkative(0.5));
    const later = await api<Call>('/api/calls', next);
    expect(later.status).toBe(201);
    expect((await ended(id)).endReason).toBe('persona-said-goodbye');
    expect((await ended(later.id)).endReason).toBe('persona-said-goodbye');
    expect(proxy.requests[replaced.port]).toBe(before);
    expect(proxy.ready).toEqual([stays.port]);
    await until('it has gone', () => replaced.child.exitCode !== null, 30_000);
    expect(replaced.child.exitCode).toBe(0);
  }, 120_000);
});
