import pino from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTemporaryDatabase, type TemporaryDatabase } from '../../db/temporary.ts';
import { VirtualClock } from '../../test/virtual-clock.ts';
import { LiveBoard } from './live-board.ts';

let database: TemporaryDatabase;
beforeAll(async () => {
  database = await openTemporaryDatabase();
});
afterAll(() => database?.close());

it('ends its stream after some minutes, so that whoever it is has to say again who they are', async () => {
  const clock = new VirtualClock();
  const watching = { follow: () => () => undefined };
  const board = new LiveBoard({ db: database.db, watching, clock, log: pino({ level: 'silent' }) });
  let ends = 0;
  const first = await new Promise<readonly unknown[]>((onCalls) => {
    board.follow(
      { kind: 'system', purpose: 'test' },
      { onCalls, onEvent: () => undefined, onEnd: () => (ends += 1) },
    );
  });
  expect(first).toEqual([]);
  clock.advance(5 * 60_000 - 1);
  expect(ends).toBe(0);
  clock.advance(1);
  expect(ends).toBe(1);
  clock.advance(3_600_000);
  expect(ends).toBe(1);
});
