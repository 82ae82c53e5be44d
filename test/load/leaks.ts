import { sleep, systemClock } from '../../server/clock.ts';
import { Inspector } from './inspector.ts';
import { startCallers, startProduct, startSandbox, stopChild } from './processes.ts';

/** Calls at a time, and how often. */
const AT_A_TIME = 50;
const BATCHES = 10;
const TALK_MS = 6_000;
/** An ended call is kept for its watchers for a minute. */
const FORGOTTEN_AFTER_MS = 62_000;
const WARM_BATCHES = 2;

/** What is left of a call when it is over: the slope of the heap after forced collections, and the open handles. */
export async function measureLeaks(databaseUrl: string, token: string): Promise<string> {
  const sandbox = await startSandbox('zero');
  const callers = await startCallers();
  const server = await startProduct(sandbox, callers, databaseUrl, ['--inspect=127.0.0.1:0']);
  const inspector = await Inspector.attach(server.child);
  const api = { baseUrl: server.baseUrl, token };
  const lines: string[] = [];
  const look = async (calls: number) => {
    await sleep(systemClock, FORGOTTEN_AFTER_MS);
    const heap = await inspector.heapAfterCollection();
    const handles = await inspector.handles();
    lines.push(
      `after ${calls} calls: heap ${(heap / 1e6).toFixed(2)} MB, handles ${JSON.stringify(handles)}`,
    );
    return heap;
  };
  let early = 0;
  for (let batch = 1; batch <= BATCHES; batch++) {
    callers.send({ type: 'place', calls: AT_A_TIME, direct: null, api });
    await sleep(systemClock, TALK_MS + AT_A_TIME * 60);
    const figures = callers.next('figures');
    callers.send({ type: 'hang-up' });
    await figures;
    await sleep(systemClock, 1_000);
    if (batch === WARM_BATCHES) early = await look(batch * AT_A_TIME);
  }
  const late = await look(BATCHES * AT_A_TIME);
  const slope = (late - early) / ((BATCHES - WARM_BATCHES) * AT_A_TIME);
  inspector.close();
  await server.stop();
  await callers.stop();
  await stopChild(sandbox.child, 'SIGTERM');
  return [...lines, `slope: ${(slope / 1_000).toFixed(2)} KB a call`].join('\n');
}
