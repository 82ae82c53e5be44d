import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createHistogram } from 'node:perf_hooks';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openTemporaryDatabase, type TemporaryDatabase } from '../db/temporary.ts';
import { type App, startApp } from '../server/app.ts';
import { systemClock } from '../server/clock.ts';
import { loadConfig } from '../server/config.ts';
import { issueToken } from '../server/http/access/tokens.ts';
import { LoopLag } from '../server/instances/loop-lag.ts';
import { LAG_RESOLUTION_MS } from '../server/instances/tunables.ts';
import { VendorWatch } from '../server/instances/vendor-watch.ts';
import { createLogger } from '../server/log.ts';
import { packageRoot } from '../server/paths.ts';
import { sandboxEnvironment } from '../server/sandbox/environment.ts';
import { credentials, startTestSandbox, type TestSandbox, until } from './sandbox.ts';
import { TcpProxy } from './tcp-proxy.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A process among others: whether it is to be asked, who does what only one should, and how much all of them take. */

let sandbox: TestSandbox;
let database: TemporaryDatabase;
let token: string;
const apps: App[] = [];

beforeAll(async () => {
  [sandbox, database] = await Promise.all([startTestSandbox(), openTemporaryDatabase()]);
  token = await issueToken(database.db, { role: 'admin', label: 'test' });
});
afterEach(async () => {
  for (const app of apps.splice(0).reverse()) await app.stop();
});
afterAll(async () => {
  await database?.close();
  await sandbox?.close();
});

async function start(environment: Record<string, string> = {}): Promise<App> {
  const app = await startApp(
    loadConfig({
      PORT: '0',
      DATABASE_URL: database.ownerUrl,
      ...sandboxEnvironment(sandbox.urls, credentials),
      ...environment,
    }),
    createLogger(process.env.LOG_LEVEL ?? 'silent'),
  );
  apps.push(app);
  return app;
}
const get = (app: App, path: string, bearer: string | null = token) =>
  fetch(`http://127.0.0.1:${app.port}${path}`, {
    headers: bearer === null ? {} : { authorization: `Bearer ${bearer}` },
  });
const json = async <T>(app: App, path: string) => (await (await get(app, path)).json()) as T;
const ready = async (app: App) => {
  const answer = await get(app, '/ready', null);
  const { reasons = [] } = (await answer.json()) as { reasons?: string[] };
  return { status: answer.status, reasons };
};
const healthy = async (app: App) => (await get(app, '/health', null)).status;
/** How long something takes to become true, in milliseconds. */
const timed = async (what: string, holds: () => Promise<boolean>) => {
  const began = performance.now();
  await until(what, holds, 20_000);
  return performance.now() - began;
};

interface Call {
  id: string;
  state: string;
  carrierSid: string;
  endReason: string | null;
}
let nextNumber = 15_550_700;
const place = async (app: App, to = `+${nextNumber++}`) => {
  await sandbox.putCaller(to, { answerAfterMs: null, lines: [] });
  const answer = await fetch(`http://127.0.0.1:${app.port}/api/calls`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ to, displayName: 'Alice' }),
  });
  return { status: answer.status, ...((await answer.json()) as Call) };
};
const view = (app: App, id: string) => json<Call>(app, `/api/calls/${id}`);

describe('/ready', () => {
  it('is false within five seconds of losing the database, and true again after; /health stays as it is', async () => {
    const wire = await TcpProxy.to(database.ownerUrl);
    const app = await start({ DATABASE_URL: wire.through(database.ownerUrl) });
    expect(await ready(app)).toEqual({ status: 200, reasons: [] });
    wire.cut();
    const lostMs = await timed('it is not ready', async () => (await ready(app)).status === 503);
    expect(lostMs).toBeLessThan(5_000);
    expect((await ready(app)).reasons).toContain('database');
    expect(await healthy(app)).toBe(200);
    await wire.mend();
    await until('it is ready again', async () => (await ready(app)).status === 200, 20_000);
    await apps.pop()?.stop();
    wire.close();
  }, 60_000);

  it('is false within five seconds of losing a vendor that nobody stands in for, and stays true for another', async () => {
    const { cartesia = '', deepgram = '' } = sandbox.urls;
    const [voice, ears] = await Promise.all([TcpProxy.to(cartesia), TcpProxy.to(deepgram)]);
    const app = await start({
      CARTESIA_BASE_URL: voice.through(cartesia).replace(/\/$/, ''),
      DEEPGRAM_BASE_URL: ears.through(deepgram).replace(/\/$/, ''),
    });
    ears.cut();
    await until('it says so', async () => {
      const { self, instances } = await json<{
        self: string;
        instances: Array<{ id: string; vendorsDown: string[] }>;
      }>(app, '/api/instances');
      return instances.find(({ id }) => id === self)?.vendorsDown.includes('deepgram') === true;
    });
    expect((await ready(app)).status).toBe(200);
    voice.cut();
    const lostMs = await timed('it is not ready', async () => (await ready(app)).status === 503);
    expect(lostMs).toBeLessThan(5_000);
    expect((await ready(app)).reasons).toEqual(['cartesia']);
    expect(await healthy(app)).toBe(200);
    await voice.mend();
    await until('it is ready again', async () => (await ready(app)).status === 200);
    await apps.pop()?.stop();
    voice.close();
    ears.close();
  }, 60_000);

  it('is false from the first moment of a drain', async () => {
    const app = await start({ DRAIN_SECONDS: '20' });
    const call = await place(app);
    await until('it rings', async () => (await view(app, call.id)).state === 'ringing');
    const stopped = apps.pop()?.stop();
    await until('it drains', async () => (await ready(app)).reasons.includes('draining'), 2_000);
    expect(await healthy(app)).toBe(200);
    await sandbox.hangUp((await view(app, call.id)).carrierSid);
    await stopped;
  }, 60_000);
});

describe('a vendor that fails what it is asked', () => {
  it('counts as down after five failures in a row, until it succeeds or was left alone for a while', () => {
    const clock = new VirtualClock();
    const voice = { name: 'cartesia', url: 'http://127.0.0.1:9', hasFallback: false, breakerOpen: null };
    const watch = new VendorWatch([voice], clock);
    const fail = (times: number) => {
      for (let i = 0; i < times; i++) watch.used('cartesia', false);
    };
    fail(4);
    expect(watch.missing).toEqual([]);
    fail(1);
    expect(watch.missing).toEqual(['cartesia']);
    watch.used('cartesia', true);
    expect(watch.missing).toEqual([]);
    fail(5);
    clock.advance(30_000);
    expect(watch.missing).toEqual([]);
  });
});

describe('several instances', () => {
  it('have one that leads, and another one after it', async () => {
    const [first, second] = [await start(), await start()];
    const leads = async (app: App) => (await json<{ leads: boolean }>(app, '/api/instances')).leads;
    expect([await leads(first), await leads(second)]).toEqual([true, false]);
    expect((await json<{ instances: object[] }>(second, '/api/instances')).instances).toHaveLength(2);
    await apps.shift()?.stop();
    expect(await timed('the other leads', () => leads(second))).toBeLessThan(5_000);
    expect((await json<{ instances: object[] }>(second, '/api/instances')).instances).toHaveLength(1);
  }, 60_000);

  it('hold no more calls together than the vendors’ plans allow: a caller hears busy, a call to be made waits', async () => {
    const limits = { DEEPGRAM_MAX_STREAMS: '2', CARTESIA_MAX_CONTEXTS: '9' };
    const [one, other] = [await start(limits), await start(limits)];
    const [a, b, waiting] = [await place(one), await place(other), await place(other)];
    expect([a.status, b.status, waiting.status]).toEqual([201, 201, 201]);
    expect(waiting.state).toBe('planned');
    const caller = `+${nextNumber++}`;
    const sid = await sandbox.ringIn({
      from: caller,
      to: '+15550199',
      url: `${one.publicBaseUrl}/twilio/voice`,
    });
    await until('the carrier is done', async () => (await sandbox.carrierCall(sid)).status === 'busy');
    await until('it rings', async () => (await view(one, a.id)).state === 'ringing');
    expect((await view(one, waiting.id)).state).toBe('planned');
    await sandbox.hangUp((await view(one, a.id)).carrierSid);
    await until('the other is rung', async () => (await view(one, waiting.id)).state === 'ringing', 20_000);
    for (const { id } of [b, waiting]) {
      await until('it rings', async () => (await view(one, id)).state === 'ringing');
      await sandbox.hangUp((await view(one, id)).carrierSid);
      await until('it is over', async () => (await view(one, id)).state === 'ended');
    }
  }, 60_000);
});

/** The loop goes round, and its monitor notes how late. */
const nextTick = () =>
  new Promise<void>((resolve) => {
    systemClock.after(1, resolve);
  });

describe('an event loop', () => {
  const seen = (mostMs: number, delaysMs: readonly number[]) => {
    const samples = createHistogram();
    for (const ms of delaysMs) samples.record((LAG_RESOLUTION_MS + ms) * 1e6);
    const lag = new LoopLag(mostMs, samples, () => undefined);
    lag.sample();
    return lag.hasRoom;
  };

  it('that is late again and again has no room for another call; one stall is no reason', () => {
    const fine = Array.from({ length: 95 }, () => 1);
    expect(seen(50, [...fine, 900])).toBe(true);
    expect(
      seen(
        50,
        Array.from({ length: 30 }, () => 60),
      ),
    ).toBe(false);
    expect(
      seen(
        0,
        Array.from({ length: 30 }, () => 60),
      ),
    ).toBe(true);
    expect(seen(50, [])).toBe(true);
  });

  it('of this process is measured', async () => {
    const lag = LoopLag.ofThisProcess(50);
    // A sample that has just been taken forgets when the last tick was, so the first late one after it is not counted.
    for (let stalls = 0; stalls < 5; stalls += 1) {
      const end = performance.now() + 90;
      while (performance.now() < end);
      await nextTick();
    }
    expect(lag.sample()).toBeGreaterThan(50);
    expect(lag.hasRoom).toBe(false);
    lag.close();
  });
});

describe('/metrics', () => {
  it('tell an admin’s token, and nobody else, of turns, calls, money and vendors, without a name or a number', async () => {
    const app = await start();
    expect((await get(app, '/metrics', null)).status).toBe(401);
    const scoped = (scopes: string[]) => issueToken(database.db, { role: 'admin', label: 'test', scopes });
    expect((await get(app, '/metrics', await scoped(['calls:read']))).status).toBe(401);
    const number = `+${nextNumber++}`;
    await sandbox.putCaller(number, {
      answerAfterMs: 50,
      lines: [
        { cue: { after: 'answer', delayMs: 100 }, text: 'Hello?' },
        { cue: { after: 'reply', delayMs: 500 }, text: 'Yes, this is Alice.' },
        { cue: { after: 'reply', delayMs: 500 }, text: 'Goodbye.' },
      ],
    });
    const body = JSON.stringify({ to: number, displayName: 'Alice' });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const placed = await fetch(`${app.publicBaseUrl}/api/calls`, { method: 'POST', headers, body });
    const { id } = (await placed.json()) as Call;
    await until('it is over', async () => (await view(app, id)).state === 'ended', 40_000);
    const text = await (await get(app, '/metrics', await scoped(['metrics:read']))).text();
    const value = (line: string) =>
      Number(new RegExp(`^${line.replace(/[{}"]/g, '\\$&')} (.+)$`, 'm').exec(text)?.[1]);
    expect(value('ringback_turn_stage_seconds_count{stage="answer"}')).toBeGreaterThanOrEqual(1);
    expect(value('ringback_calls_ended_total{reason="persona-said-goodbye"}')).toBe(1);
    expect(value('ringback_live_calls')).toBe(0);
    expect(value('ringback_vendor_up{vendor="cartesia"}')).toBe(1);
    expect(value('ringback_breaker_open{vendor="cerebras"}')).toBe(0);
    expect(value('ringback_house_vendor_cents_24h')).toBeGreaterThan(0);
    expect(value('ringback_house_completion_ratio_1h')).toBe(1);
    expect(value('ringback_house_instances')).toBe(1);
    expect(text).toContain('nodejs_eventloop_lag_p99_seconds');
    for (const word of ['Alice', number]) expect(text).not.toContain(word);
  }, 60_000);
});

describe('docs/grafana.json', () => {
  it('asks for nothing that /metrics does not tell', async () => {
    const app = await start();
    const text = await (await get(app, '/metrics')).text();
    const known = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name));
    const dashboard = JSON.parse(readFileSync(path.join(packageRoot, 'docs', 'grafana.json'), 'utf8')) as {
      panels: Array<{ title: string; targets: Array<{ expr: string }> }>;
    };
    const asked = dashboard.panels.flatMap(({ targets }) =>
      targets.flatMap(({ expr }) =>
        [...expr.matchAll(/\b((?:ringback|nodejs|process)_\w+)/g)].map(([name]) => name),
      ),
    );
    expect(asked.length).toBeGreaterThan(15);
    expect(asked.filter((name) => !known.has(name.replace(/_bucket$/, '')))).toEqual([]);
    const shown = new Set(asked.map((name) => name.replace(/_bucket$/, '')));
    const ours = [...known].filter((name) => name.startsWith('ringback_'));
    expect(ours.filter((name) => !shown.has(name))).toEqual([]);
  }, 30_000);
});
