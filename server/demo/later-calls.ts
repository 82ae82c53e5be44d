import { sql } from 'drizzle-orm';
import type { Database } from '../../db/connection.ts';
import type { FeedEvent } from '../call/feed.ts';
import { sleep, systemClock } from '../clock.ts';
import type { CallerDescription } from '../sandbox/callers/scripts.ts';
import type { DemoApi } from './payer.ts';
import { printFeedEvent } from './print.ts';
import { getJson, post } from './requests.ts';
import { ALICE_AGAIN, ALICE_LATER } from './script.ts';
import { watchCall } from './watch.ts';

interface Callee {
  to: string;
  displayName: string;
  persona: string;
}

interface Change {
  operation: string;
  before: { text: string; slot: string | null } | null;
  after: { text: string; slot: string | null } | null;
}

const LEARNED_WITHIN_MS = 20_000;
/** What she has forgotten in the second call. */
const FORGOTTEN = 'Karen';
const CORRECTED = 'Boston';

const tell = (line: string) => void process.stdout.write(`${line}\n`);

/** Two short calls at the expense of the house, which show what Brad remembers, corrects and forgets. */
export async function callAgain(
  api: DemoApi,
  callee: Callee,
  db: Database,
  picksUpAs: (caller: CallerDescription) => Promise<unknown>,
): Promise<void> {
  const prompts = new Prompts(api, await userIdOf(api));
  await prompts.afterCalls(1);
  tell(`\nWhat Brad learned in this call\n${(await learned(api)).join('\n')}`);

  await picksUpAs(ALICE_AGAIN);
  tell('\nBrad calls again; this time the house pays.\n');
  await shortCall(api, callee);
  const third = await prompts.afterCalls(2);
  tell(`\nWhat Brad will be told in the third call\n${remembered(third)}`);
  await demandForgotten(api, db, third);

  await picksUpAs(ALICE_LATER);
  tell('\nBrad calls a third time.\n');
  await shortCall(api, callee);
}

/** The prompt of the next call, once the calls before it have been learned from. */
class Prompts {
  readonly #api: DemoApi;
  readonly #userId: string;

  constructor(api: DemoApi, userId: string) {
    this.#api = api;
    this.#userId = userId;
  }

  async afterCalls(calls: number): Promise<string> {
    const url = `${this.#api.baseUrl}/api/personas/brad/prompt?userId=${this.#userId}`;
    const deadline = systemClock.nowMs() + LEARNED_WITHIN_MS;
    for (;;) {
      const { full_prompt: prompt, recent_context: recent } = (await getJson(url, this.#api.headers)) as {
        full_prompt: string;
        recent_context: string;
      };
      if ((JSON.parse(recent) as { recent_calls: unknown[] }).recent_calls.length >= calls) return prompt;
      if (systemClock.nowMs() > deadline) throw new Error('the call was not learned from in time');
      await sleep(systemClock, 100);
    }
  }
}

async function shortCall(api: DemoApi, callee: Callee): Promise<void> {
  const { id } = (await post(`${api.baseUrl}/api/calls`, callee, api.headers)) as { id: string };
  await watchCall(api, id, (event) => brief(event, callee.displayName), tell);
}

/** Only what is said and done: the first call has shown the money and the waits. */
function brief(event: FeedEvent, calleeName: string): string {
  if (event.type === 'turn') return printFeedEvent(event, calleeName).split('\n')[0] ?? '';
  return event.type === 'tool' && event.name !== 'end_call' ? printFeedEvent(event, calleeName) : '';
}

async function newestCall({ baseUrl, headers }: DemoApi): Promise<{ id: string; userId: string }> {
  const { calls } = (await getJson(`${baseUrl}/api/calls?limit=1`, headers)) as {
    calls: Array<{ id: string; userId: string }>;
  };
  const [call] = calls;
  if (call === undefined) throw new Error('there is no call to remember');
  return call;
}

async function userIdOf(api: DemoApi): Promise<string> {
  return (await newestCall(api)).userId;
}

async function learned(api: DemoApi): Promise<string[]> {
  const { id } = await newestCall(api);
  const { changes } = (await getJson(`${api.baseUrl}/api/calls/${id}/learned`, api.headers)) as {
    changes: Change[];
  };
  return changes.map(({ operation, before, after }) => {
    const was = before === null || operation === 'add' ? '' : ` (was ${before.text})`;
    return `  ${operation.padEnd(10)} ${(after?.slot ?? '').replace(/[_.]/g, ' ').padEnd(12)} ${after?.text ?? ''}${was}`;
  });
}

/** The part of a prompt that is memory. */
function remembered(prompt: string): string {
  return prompt
    .slice(prompt.indexOf('=== WHAT YOU KNOW'))
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}

/** What was forgotten is nowhere: not in the prompt, in no row of any table, and in no event log, which are sealed there. */
async function demandForgotten(api: DemoApi, db: Database, prompt: string): Promise<void> {
  const rows = await db.as({ kind: 'system', purpose: 'demo' }, async (tx) => {
    const tables = await tx.execute<{ name: string }>(
      sql`select quote_ident(tablename) as name from pg_tables where schemaname = 'public' order by 1`,
    );
    const found: string[] = [];
    for (const { name } of tables) {
      const [row] = await tx.execute<{ n: number }>(
        sql`select count(*)::int as n from ${sql.raw(name)} t where to_jsonb(t)::text like ${`%${FORGOTTEN}%`}`,
      );
      if ((row?.n ?? 0) > 0) found.push(name);
    }
    return found;
  });
  for (const log of await eventLogs(api)) if (log.includes(FORGOTTEN)) rows.push('an event log');
  if (prompt.includes(FORGOTTEN) || rows.length > 0)
    throw new Error(
      `"${FORGOTTEN}" was to be forgotten and is still known${rows.map((name) => ` in ${name}`).join('')}`,
    );
  if (!prompt.includes(CORRECTED)) throw new Error(`"${CORRECTED}" was to be remembered and is not known`);
  tell(
    `\nForgotten  "${FORGOTTEN}" is in no prompt, in no row of the database and in no event log any more.`,
  );
}

/** As their keys open them. */
async function eventLogs({ baseUrl, headers }: DemoApi): Promise<string[]> {
  const { calls } = (await getJson(`${baseUrl}/api/calls`, headers)) as { calls: Array<{ id: string }> };
  return Promise.all(
    calls.map(async ({ id }) => {
      const response = await fetch(`${baseUrl}/api/calls/${id}/event-log`, { headers });
      const text = await response.text();
      if (!response.ok) throw new Error(`the event log of a call cannot be read: ${text}`);
      return text;
    }),
  );
}
