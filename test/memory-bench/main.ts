import { parseArgs } from 'node:util';
import postgres from 'postgres';
import { systemClock } from '../../server/clock.ts';
import { issueToken } from '../../server/http/access/tokens.ts';
import { loadDocuments } from '../../server/memory/search/load.ts';
import { MemoryIndex } from '../../server/memory/search/memory-index.ts';
import { startTestApp } from '../app.ts';
import { percentile } from '../percentile.ts';
import { fillMemories, QUERIES } from './fill.ts';

/**
 * Searches in a database with a million memories: over HTTP as a user does, and in the index as a call does. Makes its
 * own data. `--rows 1000000`, `--searches 400`.
 */

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '1000000' }, searches: { type: 'string', default: '400' } },
});
const searches = Number(values.searches);
const test = await startTestApp();
const owner = postgres(test.database.ownerUrl, { max: 1, onnotice: () => undefined });
const began = performance.now();
const { usual, heavy, huge, rows } = await fillMemories(owner, Number(values.rows));
process.stdout.write(`${rows} rows made in ${seconds(performance.now() - began)}\n`);

/** Times searches over HTTP, each as another user, so that nothing was asked before. */
async function overHttp(name: string, users: readonly string[], times: number): Promise<void> {
  const tokens = new Map<string, string>();
  for (const userId of users)
    tokens.set(userId, await issueToken(test.database.db, { role: 'user', userId, label: 'bench' }));
  const took: number[] = [];
  for (let i = 0; i < times; i++) {
    const token = tokens.get(users[i % users.length] ?? '') ?? '';
    const query = encodeURIComponent(QUERIES[i % QUERIES.length] ?? '');
    const start = performance.now();
    const answer = await test.api(`/api/personas/brad/memories/search?q=${query}`, { token });
    took.push(performance.now() - start);
    if (answer.status !== 200) throw new Error(`a search was answered with ${answer.status}`);
  }
  tell(name, took);
}

/** Times what a call does: load and build while it rings, then search without the database. */
async function inTheCall(userId: string): Promise<void> {
  const scope = { userId, persona: 'brad' };
  const actor = { kind: 'user', userId } as const;
  const documents = await test.database.db.as(actor, (tx) => loadDocuments(tx, scope));
  const built: number[] = [];
  let index = new MemoryIndex();
  for (let i = 0; i < 20; i++) {
    const start = performance.now();
    index = new MemoryIndex();
    for (const document of documents) index.add(document);
    built.push(performance.now() - start);
  }
  tell(`index of ${documents.length} built`, built);
  const took = Array.from({ length: searches }, (_, i) => {
    const start = performance.now();
    index.search({ text: QUERIES[i % QUERIES.length] ?? '' }, 5);
    return performance.now() - start;
  });
  tell('search in a call', took);
}

function tell(name: string, took: readonly number[]): void {
  const ms = (share: number) =>
    percentile([...took], share)
      .toFixed(1)
      .padStart(7);
  process.stdout.write(
    `${name.padEnd(42)} p50 ${ms(0.5)}  p95 ${ms(0.95)}  p99 ${ms(0.99)}  max ${ms(1)} ms  (${took.length})\n`,
  );
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(0)} s`;
}

await overHttp('HTTP, usual users, each for the first time', usual, Math.min(searches, usual.length));
await overHttp('HTTP, usual users, asked before', usual.slice(0, 50), searches);
await overHttp('HTTP, a user with 19,726 memories', [heavy], 50);
await overHttp('HTTP, a user above the index’s limit', [huge], 50);
await inTheCall(usual[0] ?? '');
process.stdout.write(
  `${seconds(performance.now() - began)} in all, ${new Date(systemClock.wallMs()).toISOString()}\n`,
);
await owner.end();
await test.close();
