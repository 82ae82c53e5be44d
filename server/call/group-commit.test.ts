import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../test/virtual-clock.ts';
import { type CallBatch, GroupCommit } from './group-commit.ts';

const entry = (callId: string): CallBatch => ({
  callId,
  userId: 'user',
  batch: { log: null, turns: [], costs: [] },
});

function setUp(fails: (batches: readonly CallBatch[]) => boolean = () => false) {
  const clock = new VirtualClock();
  const written: string[][] = [];
  const group = new GroupCommit(clock, async (batches) => {
    if (fails(batches)) throw new Error('the database said no');
    written.push(batches.map(({ callId }) => callId));
  });
  return { clock, written, group };
}

describe('the records of many calls', () => {
  it('are written together', async () => {
    const { clock, written, group } = setUp();
    const saved = Promise.all([group.save(entry('a')), group.save(entry('b')), group.save(entry('c'))]);
    expect(written).toEqual([]);
    clock.advance(250);
    await saved;
    expect(written).toEqual([['a', 'b', 'c']]);
    expect(clock.pending).toBe(0);
  });

  it('do not suffer from one that cannot be written, and only that one is told', async () => {
    const { clock, group, written } = setUp((batches) => batches.some(({ callId }) => callId === 'bad'));
    const results = Promise.allSettled(['a', 'bad', 'c'].map((callId) => group.save(entry(callId))));
    clock.advance(250);
    expect((await results).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(written).toEqual([['a'], ['c']]);
  });

  it('keep the order of one call, whatever comes in meanwhile', async () => {
    const { clock, group, written } = setUp();
    const first = group.save(entry('a'));
    clock.advance(250); // the first is being written
    const second = group.save(entry('a'));
    clock.advance(250);
    await Promise.all([first, second]);
    expect(written).toEqual([['a'], ['a']]);
  });
});
