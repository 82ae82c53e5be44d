import { Coverage } from './coverage.ts';
import { Figures } from './figures.ts';
import { fuzzOnce } from './fuzz.ts';
import { makeScenario } from './scenario.ts';
import { runCall } from './world.ts';

/** Every so many calls have their states frozen and their log replayed, which costs as much as all other checks. */
const DEEP_EVERY = 50;
/** So many event lists against the core alone for each whole call. */
const FUZZ_PER_CALL = 1;

export interface BatchResult {
  figures: Figures;
  coverage: Array<readonly [string, number]>;
  failure: { layer: 'call' | 'core'; seed: number; rule: string; message: string } | null;
}

/** Runs the calls `seed + first`, `seed + first + stride`, ... and stops at the first violation. */
export async function runBatch(options: {
  seed: number;
  first: number;
  stride: number;
  calls: number;
}): Promise<BatchResult> {
  const figures = new Figures();
  const coverage = new Coverage();
  const done = (failure: BatchResult['failure']): BatchResult => ({
    figures,
    coverage: [...coverage.pairs],
    failure,
  });
  for (let i = options.first; i < options.calls; i += options.stride) {
    const seed = options.seed + i;
    const outcome = await runCall(makeScenario(seed), { deep: i % DEEP_EVERY === 0, coverage });
    if (outcome.violation !== null) return done({ layer: 'call', seed, ...outcome.violation });
    figures.add(outcome);
    for (let k = 0; k < FUZZ_PER_CALL; k++) {
      const { problem } = fuzzOnce(seed * FUZZ_PER_CALL + k, coverage);
      figures.fuzzed += 1;
      if (problem !== null)
        return done({
          layer: 'core',
          seed: seed * FUZZ_PER_CALL + k,
          rule: problem.split(':')[0] ?? '',
          message: problem,
        });
    }
  }
  return done(null);
}
