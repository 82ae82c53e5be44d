import { afterAll, beforeAll, expect } from 'vitest';

/**
 * Runs around every test file: what it opened must be closed when it is over. Counted are sockets, servers,
 * workers and child processes that keep a process alive, and timers, each with the place that set it.
 */
const WATCHED = new Set([
  'TCPSocketWrap',
  'TCPServerWrap',
  'TLSWrap',
  'PipeWrap',
  'Worker',
  'MessagePort',
  'ProcessWrap',
]);
/** fetch keeps idle connections for 4 s of its own accord. */
const CLOSING_MS = 8_000;
const POLL_MS = 20;

interface NodeTimer {
  hasRef(): boolean;
  /** Node's own mark of a timer that has fired or was cleared. */
  _destroyed: boolean;
}

const timers = new Map<NodeTimer, string>();
const realSetTimeout = globalThis.setTimeout;
const realSetInterval = globalThis.setInterval;

function noted<T extends (...args: never[]) => unknown>(set: T): T {
  const wrapped = (...args: Parameters<T>) => {
    const timer = set(...args);
    timers.set(timer as NodeTimer, new Error('set here').stack ?? '');
    return timer;
  };
  return Object.assign(wrapped, set) as unknown as T;
}

let before = new Map<string, number>();

beforeAll(() => {
  globalThis.setTimeout = noted(realSetTimeout);
  globalThis.setInterval = noted(realSetInterval);
  before = count();
});

// Hooks run in reverse order, so this one runs after the file's own.
afterAll(async () => {
  globalThis.setTimeout = realSetTimeout;
  globalThis.setInterval = realSetInterval;
  const deadline = performance.now() + CLOSING_MS;
  while (leaked().length > 0 && performance.now() < deadline)
    await new Promise((resolve) => realSetTimeout(resolve, POLL_MS));
  expect(leaked(), 'left open by this test file').toEqual([]);
}, 15_000);

function leaked(): string[] {
  const handles = [...count()].flatMap(([type, number]) => {
    const surplus = number - (before.get(type) ?? 0);
    return surplus > 0 ? [`${surplus} × ${type}`] : [];
  });
  const waiting = [...timers]
    .filter(([timer]) => timer.hasRef() && !timer._destroyed)
    .map(([, stack]) => `a timer ${stack}`);
  return [...handles, ...waiting];
}

function count(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) {
    if (WATCHED.has(type)) counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return counts;
}
