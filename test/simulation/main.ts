import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { percentile } from '../percentile.ts';
import type { BatchResult } from './batch.ts';
import { Coverage } from './coverage.ts';
import { Figures, percent } from './figures.ts';
import { fuzzOnce } from './fuzz.ts';
import { makeScenario } from './scenario.ts';
import { shrinkEvents, shrinkScenario } from './shrink.ts';

/**
 * npm run simulate -- --calls 100000 --seed 1     whole calls and the core alone, on all cores
 * npm run simulate -- --replay 4711               one call again, with every event
 * npm run simulate -- --replay 4711 --core        one event list of the core again
 */
const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: String(availableParallelism()) },
    replay: { type: 'string' },
    core: { type: 'boolean', default: false },
  },
});

const print = (line: string) => process.stdout.write(`${line}\n`);

if (values.replay !== undefined) await replay(wholeNumber('replay', values.replay), values.core);
else await simulate(wholeNumber('seed', values.seed), wholeNumber('calls', values.calls));

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  print(`--${name} must be a whole number, not "${text}".`);
  process.exit(2);
}

async function simulate(seed: number, calls: number): Promise<void> {
  const workers = Math.max(1, wholeNumber('workers', values.workers));
  const startedAt = performance.now();
  const results = await Promise.all(
    Array.from({ length: workers }, (_, first) => inWorker({ seed, first, stride: workers, calls })),
  );
  const figures = new Figures();
  const coverage = new Coverage();
  for (const result of results) {
    figures.merge(Object.assign(new Figures(), result.figures));
    coverage.add(result.coverage);
  }
  report(figures, coverage, (performance.now() - startedAt) / 1_000, workers);
  const failure = results.map((result) => result.failure).find((each) => each !== null) ?? null;
  if (failure !== null) await explain(failure);
  const shortfalls = failure === null ? figures.shortfalls() : [];
  for (const shortfall of shortfalls) print(`FAILED: ${shortfall}`);
  if (failure !== null || shortfalls.length > 0) process.exitCode = 1;
  else print('No violation.');
}

function inWorker(data: {
  seed: number;
  first: number;
  stride: number;
  calls: number;
}): Promise<BatchResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: data });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

function report(figures: Figures, coverage: Coverage, seconds: number, workers: number): void {
  const latencies = figures.onsetToClearMs;
  print(
    `${figures.calls} calls (${(figures.virtualMs / figures.calls / 1_000).toFixed(1)} s of talk each) and ${figures.fuzzed} event lists in ${seconds.toFixed(1)} s on ${workers} cores: ${(figures.calls / seconds).toFixed(0)} calls a second`,
  );
  print(
    `coverage: ${coverage.pairs.size} pairs of state and event, ${coverage.states} states; ${(figures.events / figures.calls).toFixed(0)} events a call`,
  );
  print(
    `heard text: ${percent(figures.exactShare)} of ${figures.cuts} cut lines exact, ${percent(figures.nearShare)} within a word`,
  );
  print(
    `asides: ${percent(figures.keptTalkingShare)} of ${figures.asides} backchannels and short noises let the persona talk on`,
  );
  print(
    `interruptions: ${figures.interruptions}, onset to clear p50 ${percentile(latencies, 0.5).toFixed(0)} ms, p95 ${percentile(latencies, 0.95).toFixed(0)} ms`,
  );
  print(
    `ends: ${Object.entries(figures.reasons)
      .sort((a, b) => b[1] - a[1])
      .map(([reason, count]) => `${reason} ${count}`)
      .join(', ')}`,
  );
}

async function explain(failure: NonNullable<BatchResult['failure']>): Promise<void> {
  print(`\nVIOLATION of rule ${failure.message}`);
  print(`seed ${failure.seed}; made smaller:`);
  if (failure.layer === 'core') {
    const { events } = fuzzOnce(failure.seed);
    for (const event of shrinkEvents(events, failure.rule)) print(JSON.stringify(event));
    print(`again: npm run simulate -- --replay ${failure.seed} --core`);
    return;
  }
  const { scenario, outcome } = await shrinkScenario(makeScenario(failure.seed), failure.rule);
  print(JSON.stringify(scenario));
  for (const event of outcome.log) if (event.type !== 'wake') print(JSON.stringify(event));
  print(outcome.violation?.message ?? '');
  print(`again: npm run simulate -- --replay ${failure.seed}`);
}

async function replay(seed: number, core: boolean): Promise<void> {
  if (core) {
    const { events, problem } = fuzzOnce(seed);
    for (const event of events) print(JSON.stringify(event));
    print(problem ?? 'No violation.');
    return;
  }
  const { runCall } = await import('./world.ts');
  const scenario = makeScenario(seed);
  print(JSON.stringify(scenario, null, 2));
  const outcome = await runCall(scenario, { deep: true });
  for (const event of outcome.log) print(JSON.stringify(event));
  print(
    outcome.violation === null
      ? `No violation; ended: ${outcome.reason}.`
      : `VIOLATION of rule ${outcome.violation.message}`,
  );
}
