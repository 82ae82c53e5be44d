import { describe, expect, it } from 'vitest';
import { runBatch } from './batch.ts';
import { fuzzOnce } from './fuzz.ts';

describe('simulated calls', () => {
  it('keep every rule, whatever goes wrong', { timeout: 60_000 }, async () => {
    const { figures, failure } = await runBatch({ seed: 7_000_000, first: 0, stride: 1, calls: 400 });
    expect(failure).toBeNull();
    expect(figures.calls).toBe(400);
    expect(figures.shortfalls()).toEqual([]);
  });

  it('the core alone keeps them under any events', { timeout: 60_000 }, () => {
    for (let seed = 0; seed < 10_000; seed++)
      expect(fuzzOnce(9_000_000 + seed).problem, `seed ${9_000_000 + seed}`).toBeNull();
  });
});
