import { parseArgs } from 'node:util';
import { openTemporaryDatabase } from '../../db/temporary.ts';
import { sleep, systemClock } from '../../server/clock.ts';
import { issueToken } from '../../server/http/access/tokens.ts';
import type { CallerDescription } from '../../server/sandbox/callers/scripts.ts';
import { startSandbox, stopChild } from '../load/processes.ts';
import { Draws } from '../simulation/draws.ts';
import { audit, isAtRest } from './audit.ts';
import { House } from './house.ts';
import { PostgresRestarts } from './restart.ts';
import { drawFault } from './weather.ts';

/**
 * npm run chaos:calls: whole calls through two servers behind a proxy, which are killed again and again, on a
 * PostgreSQL that is restarted, with vendors that drop, stall and refuse.
 *   --calls 200   --seed 1   --at-once 12
 * At the end every call has ended once, every hold is settled, nobody was rung twice, no socket is left.
 */
const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    'at-once': { type: 'string', default: '12' },
  },
});
const CALLS = Number(values.calls);
const SEED = Number(values.seed);
const AT_ONCE = Number(values['at-once']);
const KILL_EVERY_MS = 20_000;
const FAULT_EVERY_MS = 2_500;
const RESTART_EVERY_MS = 45_000;
const DATABASE_DOWN_MS = 2_000;
/** A call whose process died is found after a minute of silence, and money after a sweep or two. */
const REST_DEADLINE_MS = 240_000;
/** A storm in which most calls do not come about shows little. */
const MOST_REFUSED = 0.4;
const SOCKETS_DEADLINE_MS = 15_000;

const draws = new Draws(SEED);
const beganAt = performance.now();
const database = await openTemporaryDatabase();
const sandbox = await startSandbox('usual', 'speech');
const restarts = new PostgresRestarts(database.ownerUrl);
const token = await issueToken(database.db, { role: 'admin', label: 'chaos' });
const house = await House.open(sandbox, database.ownerUrl);
let faults = 0;
let kills = 0;
let databaseRestarts = 0;
let wishes = 0;
let refused = 0;
let storming = true;

const storms = [
  every(FAULT_EVERY_MS, async () => {
    await control('/faults', drawFault(draws, faults));
    faults += 1;
  }),
  every(KILL_EVERY_MS, async () => {
    await house.kill(Math.floor(draws.unit('victim', kills) * 2));
    kills += 1;
  }),
  every(RESTART_EVERY_MS, async () => {
    await restarts.restart(DATABASE_DOWN_MS);
    databaseRestarts += 1;
  }),
];
await Promise.all(Array.from({ length: AT_ONCE }, () => callOneAfterAnother()));
storming = false;
await Promise.all(storms);
await fetch(`${sandbox.controlUrl}/faults`, { method: 'DELETE' });

const rested = await waitFor(() => isAtRest(database.db), REST_DEADLINE_MS);
await waitFor(noSockets, SOCKETS_DEADLINE_MS);
const { lines, problems } = await audit(database.db, sandbox);
if (refused > wishes * MOST_REFUSED) problems.push(`${refused} of ${wishes} calls were not made at all`);
const seconds = (performance.now() - beganAt) / 1_000;
process.stdout.write(
  `${wishes} calls wanted (${refused} refused or lost on the way), seed ${SEED}, ${seconds.toFixed(0)} s; servers killed ${kills} times, PostgreSQL restarted ${databaseRestarts} times, faults played ${faults}\n${lines.join('\n')}\n`,
);
problems.push(...house.fallen);
if (!rested)
  problems.push(`not everything had come to rest ${REST_DEADLINE_MS / 1_000} s after the last call`);
for (const problem of problems.slice(0, 20)) process.stdout.write(`WRONG: ${problem}\n`);
process.stdout.write(
  problems.length === 0 ? 'Every call ended once, and the books agree.\n' : `${problems.length} problems.\n`,
);
await house.stop();
await database.db.close();
await stopChild(sandbox.child, 'SIGKILL');
await restarts.stop();
await database.close();
process.exit(problems.length === 0 ? 0 : 1);

async function callOneAfterAnother(): Promise<void> {
  while (wishes < CALLS) {
    const index = wishes++;
    await oneCall(index).catch((error: unknown) => {
      if (refused < 3) process.stdout.write(`not made: ${String(error)}\n`);
      refused += 1; // lost with a server, or refused while there was none; asked again, it would be another call
    });
  }
}

/** One number, one call: sponsored, or approved by a payer who leaves a card. */
async function oneCall(index: number): Promise<void> {
  const to = `+1555${String(1_000_000 + index)}`;
  await control('/callers', { number: to, caller: drawCaller(index) });
  await waitFor(() => Promise.resolve(house.readyCount > 0), 60_000); // nobody asks a house that is not there
  const isPaid = draws.chance('paid', index, 0.4);
  const wish = { to, displayName: 'Alice' };
  const id = isPaid ? await approve(wish) : ((await ask('/api/calls', wish)) as { id: string }).id;
  await waitFor(async () => {
    const { state } = (await ask(`/api/calls/${id}`).catch(() => ({ state: 'unknown' }))) as {
      state: string;
    };
    return state === 'ended';
  }, 45_000);
}

/** Says hello and goodbye; or does not pick up, hangs up, or is a machine. */
function drawCaller(index: number): Partial<CallerDescription> {
  const mood = draws.unit('mood', index);
  const lines: CallerDescription['lines'] = [
    { cue: { after: 'answer', delayMs: 100 }, text: 'Hello?' },
    { cue: { after: 'reply', delayMs: 400 }, text: 'Yes, this is Alice.' },
    { cue: { after: 'reply', delayMs: 400 }, text: 'Okay, goodbye.' },
  ];
  const answerAfterMs = Math.round(draws.unit('picks up', index) * 1_500);
  if (mood < 0.06) return { answerAfterMs: null, lines: [] };
  if (mood < 0.2) return { answerAfterMs, hangUpAfterMs: 1_000 + Math.round(mood * 20_000), lines };
  return { answerAfterMs, answeredBy: mood < 0.26 ? 'machine' : 'human', lines };
}

async function approve(wish: { to: string; displayName: string }): Promise<string> {
  const offer = (await ask('/api/approvals', {
    ...wish,
    payer: { name: 'Carol' },
    capCents: 500,
    validMinutes: 2,
  })) as {
    callId: string;
    payUrl: string;
  };
  const checkout = await press(offer.payUrl, { answer: 'approve' });
  await press(checkout, { card: '4242424242424242', do: 'pay' });
  return offer.callId;
}

async function press(url: string, fields: Record<string, string>): Promise<string> {
  const answer = await fetch(url, { method: 'POST', redirect: 'manual', body: new URLSearchParams(fields) });
  await answer.text();
  return answer.headers.get('location') ?? '';
}

async function ask(path: string, body?: object): Promise<unknown> {
  const answer = await fetch(house.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

async function control(path: string, body: object): Promise<void> {
  await fetch(sandbox.controlUrl + path, { method: 'POST', body: JSON.stringify(body) });
}

async function noSockets(): Promise<boolean> {
  const open = (await (await fetch(`${sandbox.controlUrl}/connections`)).json()) as Record<string, number>;
  return Object.values(open).every((count) => count === 0);
}

/** Does something again and again while it storms, each time after the last is done. */
async function every(ms: number, work: () => Promise<void>): Promise<void> {
  for (;;) {
    if (await waitFor(() => Promise.resolve(!storming), ms)) return;
    await work();
  }
}

async function waitFor(holds: () => Promise<boolean>, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    if (await holds().catch(() => false)) return true;
    await sleep(systemClock, 300);
  }
  return false;
}
