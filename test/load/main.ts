import { parseArgs } from 'node:util';
import { openTemporaryDatabase } from '../../db/temporary.ts';
import { sleep, systemClock } from '../../server/clock.ts';
import { Budgets } from '../../server/cost/budget-store.ts';
import { issueToken } from '../../server/http/access/tokens.ts';
import { DELAYS, type DelayName } from '../../server/sandbox/delays.ts';
import { Flood } from './flood.ts';
import { measureLeaks } from './leaks.ts';
import { countersOf, perCallMinute, saturate } from './postgres-load.ts';
import { usageOf } from './process-usage.ts';
import {
  type Callers,
  type SandboxInfo,
  startCallers,
  startFloor,
  startProduct,
  startSandbox,
  stopChild,
} from './processes.ts';
import { type Run, reportOf, summarise } from './report.ts';

/**
 * npm run bench: the product and, interleaved with it, the floor, under the same calls against the same stand-ins.
 * Server, stand-ins and callers are processes of their own.
 *   --calls 1,10,50,100   --delays zero,modelled   --seconds 20   --warm 9   --rounds 1
 *   --flood 20            so many calls of unknown people a second beside the product's own
 *   --postgres            what PostgreSQL takes of the records of calls, and nothing else
 *   --leaks               500 calls, 50 at a time, and what is left of them in the product's heap
 */
const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '1,10,50,100' },
    delays: { type: 'string', default: 'zero,modelled' },
    seconds: { type: 'string', default: '20' },
    warm: { type: 'string', default: '9' },
    rounds: { type: 'string', default: '1' },
    postgres: { type: 'boolean', default: false },
    flood: { type: 'string', default: '0' },
    leaks: { type: 'boolean', default: false },
  },
});

const database = await openTemporaryDatabase();
// A hundred calls at once, each sponsored up to its cap: more than a house gives away by default.
await new Budgets(database.db).setSponsorship(
  { kind: 'system', purpose: 'bench' },
  { perCallCents: 1_000, perDayCents: 100_000_000 },
  0,
);
const token = await issueToken(database.db, { role: 'admin', label: 'bench' });
try {
  if (values.postgres) process.stdout.write(`${await saturate(database.db, database.serverUrl)}\n`);
  else if (values.leaks) process.stdout.write(`${await measureLeaks(database.ownerUrl, token)}\n`);
  else await measureAll();
} finally {
  await database.close();
}

async function measureAll(): Promise<void> {
  const runs: Run[] = [];
  for (const delays of values.delays.split(',') as DelayName[]) {
    if (!(delays in DELAYS)) throw new Error(`--delays must be some of ${Object.keys(DELAYS).join(', ')}`);
    for (const calls of values.calls.split(',').map(Number))
      for (let round = 0; round < Number(values.rounds); round++)
        for (const subject of ['floor', 'product', 'floor'] as const) {
          const run = await measure(subject, delays, calls);
          runs.push(run);
          process.stdout.write(`${reportOf(run)}\n`);
        }
  }
  process.stdout.write(`\n${summarise(runs)}\n`);
}

async function measure(subject: 'floor' | 'product', delays: DelayName, calls: number): Promise<Run> {
  const sandbox = await startSandbox(delays);
  const callers = await startCallers();
  if (calls === 1) await warmStandIns(sandbox, callers);
  const heardBefore = await heardBytesOf(sandbox.controlUrl);
  const server =
    subject === 'floor' ? await startFloor(sandbox) : await startProduct(sandbox, callers, database.ownerUrl);
  await sleep(systemClock, 1_500);
  const idle = usageOf(server.pid);
  const api = server.direct === null ? { baseUrl: server.baseUrl, token } : null;
  callers.send({ type: 'place', calls, direct: server.direct, api });
  await sleep(systemClock, Number(values.warm) * 1_000 + calls * 40);
  callers.send({ type: 'measure' });
  const perSecond = subject === 'product' ? Number(values.flood) : 0;
  const flood = perSecond > 0 ? new Flood(server.baseUrl, perSecond) : null;
  const asked = await countersOf(database.db);
  const before = usageOf(server.pid);
  const beganAt = performance.now();
  await sleep(systemClock, Number(values.seconds) * 1_000);
  const after = usageOf(server.pid);
  const minutes = (performance.now() - beganAt) / 60_000;
  if (subject === 'product')
    process.stdout.write(`${perCallMinute(asked, await countersOf(database.db), minutes * calls)}\n`);
  if (flood !== null) process.stdout.write(`${await flood.stop()}\n`);
  const figures = callers.next('figures');
  callers.send({ type: 'hang-up' });
  const { lines, loopLagP99Ms, opened } = await figures;
  await sleep(systemClock, 1_100);
  const leftOpen = await socketsOf(sandbox.controlUrl);
  const heardBytes = (await heardBytesOf(sandbox.controlUrl)) - heardBefore;
  await server.stop();
  await callers.stop();
  await stopChild(sandbox.child, 'SIGTERM');
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

/** The first turn of a server is told apart from the first turn of the stand-ins: they have had theirs with a floor. */
async function warmStandIns(sandbox: SandboxInfo, callers: Callers): Promise<void> {
  const floor = await startFloor(sandbox);
  callers.send({ type: 'place', calls: 4, direct: floor.direct, api: null });
  await sleep(systemClock, 12_000);
  const figures = callers.next('figures');
  callers.send({ type: 'hang-up' });
  await figures;
  await floor.stop();
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
