import { expect, it } from 'vitest';
import { BusyBoard } from './busy-board.ts';
import { useHouse } from './house.ts';

/** The live page keeps up with many calls at once. */

const CALLS = 50;
const EVENTS_PER_SECOND = 5;
const LONGEST_FRAME_MS = 50;
const WATCHED_MS = 10_000;

const house = useHouse();

/** Resolves to how long each frame took, in milliseconds. */
const FRAMES = `new Promise((resolve) => {
  const frames = [];
  let last = performance.now();
  const end = last + ${WATCHED_MS};
  const next = (now) => {
    frames.push(now - last);
    last = now;
    if (now < end) requestAnimationFrame(next);
    else resolve(frames.slice(1));
  };
  requestAnimationFrame(next);
})`;

it('shows 50 calls at 5 events a second without a frame over 50 ms', async ({ annotate }) => {
  const board = new BusyBoard(house().test.app.publicBaseUrl, CALLS, EVENTS_PER_SECOND);
  const base = await board.listen();
  try {
    const page = await house().visitors.signedIn({ role: 'admin' });
    await page.goto(`${base}/app/live`);
    await page.getByRole('region', { name: 'Call with Caller 49' }).getByRole('listitem').first().waitFor();
    const before = board.told;
    const frames = (await page.evaluate(FRAMES)) as number[];
    const told = board.told - before;
    const long = frames.filter((ms) => ms > LONGEST_FRAME_MS);
    const sorted = [...frames].sort((a, b) => a - b);
    await annotate(
      `${frames.length} frames, ${told} events, median ${sorted[frames.length >> 1]?.toFixed(1)} ms, 99th percentile ${sorted[Math.floor(frames.length * 0.99)]?.toFixed(1)} ms, longest ${sorted.at(-1)?.toFixed(1)} ms`,
    );
    expect(told).toBeGreaterThan(CALLS * EVENTS_PER_SECOND * (WATCHED_MS / 1_000) * 0.9);
    expect(long).toEqual([]);
  } finally {
    await board.close();
  }
});
