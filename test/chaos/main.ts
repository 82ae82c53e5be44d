import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openTemporaryDatabase } from '../../db/temporary.ts';
import { CallStore } from '../../server/call/store.ts';
import { sleep, systemClock } from '../../server/clock.ts';
import { RateCards } from '../../server/cost/rate-card-store.ts';
import { Approvals } from '../../server/payments/approvals.ts';
import { Funding } from '../../server/payments/funding.ts';
import { Mandates } from '../../server/payments/mandates.ts';
import { openStripe } from '../../server/payments/stripe-account.ts';
import { StripeGateway } from '../../server/payments/stripe-client.ts';
import { StripeEvents } from '../../server/payments/stripe-events.ts';
import { StripePages } from '../../server/payments/stripe-pages.ts';
import { Faults } from '../../server/sandbox/faults.ts';
import { Journal } from '../../server/sandbox/journal.ts';
import { startStripe } from '../../server/sandbox/stripe/server.ts';
import { freePort } from '../free-port.ts';
import { Draws } from '../simulation/draws.ts';
import { CAP_CENTS } from './bills.ts';
import { compareBooks, isAtRest } from './books.ts';
import { drawFault } from './weather.ts';

/**
 * npm run chaos:money: calls without sound over the real payments code, in two processes that are killed again and
 * again, against a Stripe that loses answers, answers with errors, and sends its events twice, late or never.
 *   --calls 2000   --seed 1
 * At the end our books are held against Stripe's.
 */
const { values } = parseArgs({
  options: { calls: { type: 'string', default: '2000' }, seed: { type: 'string', default: '1' } },
});
const CALLS = Number(values.calls);
const SEED = Number(values.seed);
const PAYERS_AT_ONCE = 8;
const KILL_EVERY_MS = 1_000;
/** Also a short run is killed as often, on into the time in which it comes to rest. */
const CALLS_PER_KILL = 20;
/** Tenths of a second until a card that was left is known, also when the event was lost: sweeps come every three seconds. */
const MANDATE_WAITS = 200;
const REST_DEADLINE_MS = 180_000;
const SYSTEM = { kind: 'system', purpose: 'chaos' } as const;

const draws = new Draws(SEED);
const beganAt = performance.now();
const database = await openTemporaryDatabase();
const rateCards = new RateCards(database.db, systemClock);
await rateCards.ensureDefaults();
const funding = new Funding(database.db, rateCards, 'on_subtotal');
const store = new CallStore(database.db);
const faults = new Faults();
const stripe = await startStripe({ port: 0, apiKey: 'sk_test', faults, journal: new Journal() });
const account = openStripe({ apiKey: 'sk_test', baseUrl: stripe.url });
const parts = {
  db: database.db,
  gateway: new StripeGateway(account),
  pages: new StripePages(account),
  publicBaseUrl: 'http://127.0.0.1:1',
  assertMayRing: () => Promise.resolve(),
  onRevoked: () => undefined,
};
const approvals = new Approvals(parts);
const mandates = new Mandates(parts);

const workers: Array<{ port: number; secret: string; child: ChildProcess }> = [];
for (let i = 0; i < 2; i++) {
  const port = await freePort();
  const secret = await new StripeEvents(account).registerWebhook(`http://127.0.0.1:${port}/stripe/webhook`);
  workers.push({ port, secret, child: await startWorker(port, secret) });
}
process.on('exit', () => {
  for (const { child } of workers) child.kill('SIGKILL');
});

let kills = 0;
let faultsPlayed = 0;
let paying = true;
const killing = killAgainAndAgain();
let next = 0;
await Promise.all(Array.from({ length: PAYERS_AT_ONCE }, () => payOneAfterAnother()));
paying = false;
await killing;
faults.clear();
const rested = await waitForRest();
const seconds = (performance.now() - beganAt) / 1_000;
const { lines, problems } = await compareBooks(database.db, stripe.ledger);
process.stdout.write(
  `${CALLS} calls, seed ${SEED}, ${seconds.toFixed(0)} s; processes killed ${kills} times, faults played ${faultsPlayed}\n${lines.join('\n')}\n`,
);
if (!rested)
  problems.push(`not everything had come to rest ${REST_DEADLINE_MS / 1_000} s after the last call`);
for (const problem of problems.slice(0, 20)) process.stdout.write(`WRONG: ${problem}\n`);
process.stdout.write(problems.length === 0 ? 'The books agree.\n' : `${problems.length} problems.\n`);
for (const { child } of workers) child.kill('SIGKILL');
await stripe.close();
await database.close();
process.exit(problems.length === 0 ? 0 : 1);

async function payOneAfterAnother(): Promise<void> {
  while (next < CALLS) {
    const index = next++;
    if (draws.chance('fault', index, 0.5)) {
      faults.add(drawFault(draws, index));
      faultsPlayed += 1;
    }
    await onePayer(index);
  }
}

/** A payer like others: mostly approves and pays; sometimes says no, gives up, changes their mind or has a bad card. */
async function onePayer(index: number): Promise<void> {
  const number = `+1666${String(1_000_000 + index)}`;
  const user = await store.ensureUser(SYSTEM, number, 'Alice');
  if (draws.chance('mandate', index, 0.2)) return oneMandate(index, user.id);
  const plan = {
    userId: user.id,
    persona: 'brad',
    direction: 'outbound',
    toNumber: number,
    fromNumber: '+15550199',
  } as const;
  const question = {
    payer: { name: 'Carol' },
    capCents: CAP_CENTS,
    validMs: windowOf(index),
    textShown: () => 'Brad calls Alice.',
  };
  const { linkToken } = await database.db.as(SYSTEM, (tx) => funding.askPayer(tx, plan, question));
  const mood = moodOf(index);
  if (mood < 0.05) return approvals.decline(linkToken, 'chaos');
  const checkoutUrl = await insist(async () => {
    const twice = draws.chance('two tabs', index, 0.1) ? 2 : 1;
    const answer = { from: 'chaos', savesCard: false };
    const pages = await Promise.all(
      Array.from({ length: twice }, () => approvals.approve(linkToken, answer)),
    );
    return pages[0]?.checkoutUrl ?? '';
  });
  if (checkoutUrl === null || mood < 0.08) return; // gives up at the card page
  const revokes = mood < 0.14;
  if (revokes && draws.chance('early', index, 0.5))
    await approvals.revoke({ token: linkToken }).catch(() => undefined);
  if (mood > 0.95) await typeCard(checkoutUrl, '4000000000000002');
  await typeCard(checkoutUrl, '4242424242424242');
  if (revokes) await approvals.revoke({ token: linkToken }).catch(() => undefined);
}

/** A payer who approves beforehand and leaves a card; the call is then made without them, or taken back at once. */
async function oneMandate(index: number, userId: string): Promise<void> {
  const { mandate, linkToken } = await mandates.offer(SYSTEM, {
    userId,
    payer: { name: 'Carol' },
    perCallCents: CAP_CENTS,
    perMonthCents: CAP_CENTS,
    textShown: 'Brad calls Alice.',
    answerMs: 600_000,
    validMs: 600_000,
  });
  const url = await insist(async () => (await mandates.approve(linkToken, 'chaos')).url);
  if (url === null) return;
  await typeCard(url, draws.chance('bad card', index, 0.1) ? '4000000000000341' : '4242424242424242');
  const hasCard = async () => (await mandates.view(linkToken)).payer.paymentMethodId !== null;
  for (let waits = 0; waits < MANDATE_WAITS && !(await hasCard()); waits++) await sleep(systemClock, 100);
  const number = `+1666${String(1_000_000 + index)}`;
  const plan = {
    userId,
    persona: 'brad',
    direction: 'outbound',
    toNumber: number,
    fromNumber: '+15550199',
  } as const;
  await insist(() => database.db.as(SYSTEM, (tx) => funding.underMandate(tx, plan, mandate.id)));
  if (moodOf(index) < 0.14) await mandates.revoke({ token: linkToken });
}

/** From 0 to 1: says no, gives up, changes their mind, pays, has a bad card first. */
function moodOf(index: number): number {
  return draws.unit('mood', index);
}

/** Who gives up keeps a window open until it closes by itself; some windows close before anybody has dialled. */
function windowOf(index: number): number {
  if (moodOf(index) < 0.08) return 15_000;
  return draws.chance('short window', index, 0.03) ? 3_000 : 600_000;
}

async function typeCard(url: string, card: string): Promise<void> {
  const body = new URLSearchParams({ card, do: 'pay' });
  await (await fetch(url, { method: 'POST', body, redirect: 'manual' })).text();
}

/** A person presses the button again when a page does not come. Null when it is too late. */
async function insist<T>(work: () => Promise<T>): Promise<T | null> {
  for (let tries = 0; tries < 6; tries++) {
    try {
      return await work();
    } catch {
      await sleep(systemClock, 100);
    }
  }
  return null;
}

async function killAgainAndAgain(): Promise<void> {
  while (paying || kills < CALLS / CALLS_PER_KILL) {
    await sleep(systemClock, KILL_EVERY_MS);
    const worker = workers[Math.floor(draws.unit('victim', kills) * workers.length)];
    if (worker === undefined) continue;
    kills += 1;
    const gone = once(worker.child, 'exit');
    worker.child.kill('SIGKILL');
    await gone;
    worker.child = await startWorker(worker.port, worker.secret);
  }
}

async function startWorker(port: number, secret: string): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL('./worker.js', import.meta.url)), [], {
    env: {
      ...process.env,
      CHAOS_DATABASE_URL: database.serverUrl,
      CHAOS_STRIPE_URL: stripe.url,
      CHAOS_SECRET: secret,
      CHAOS_PORT: String(port),
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return child;
}

async function waitForRest(): Promise<boolean> {
  const deadline = performance.now() + REST_DEADLINE_MS;
  while (performance.now() < deadline) {
    if (await isAtRest(database.db, stripe.ledger)) return true;
    await sleep(systemClock, 500);
  }
  return false;
}
