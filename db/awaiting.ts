import { sleep, systemClock } from '../server/clock.ts';
import { RingbackError } from '../server/errors.ts';
import { postgres } from './driver.ts';

/** A restart of PostgreSQL, or a container that starts beside ours, takes seconds. */
const WITHIN_MS = 30_000;
const AGAIN_AFTER_MS = 500;
/** Not there, or not yet: refused, reset, timed out, starting up, shutting down. Anything else will not pass by itself. */
const PASSING = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'CONNECTION_CLOSED',
  'CONNECT_TIMEOUT',
  '57P01',
  '57P03',
]);

/**
 * Waits until a database answers, for half a minute at most.
 * @param onWaiting is called once, when it does not answer at first.
 * @throws RingbackError `database_away`; what PostgreSQL says, at once, where waiting would not help.
 */
export async function untilItAnswers(
  url: string,
  onWaiting: () => void,
  withinMs = WITHIN_MS,
): Promise<void> {
  const deadline = systemClock.nowMs() + withinMs;
  for (let tries = 0; ; tries++) {
    const client = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => undefined });
    try {
      await client`select 1`;
      return;
    } catch (error) {
      const { code = '' } = error as { code?: string };
      if (!PASSING.has(code)) throw error;
      if (systemClock.nowMs() >= deadline)
        throw new RingbackError('database_away', `PostgreSQL at ${hostOf(url)} does not answer (${code}).`, {
          remedy: 'Start it, or correct DATABASE_URL.',
          cause: error,
        });
      if (tries === 0) onWaiting();
    } finally {
      await client.end({ timeout: 1 });
    }
    await sleep(systemClock, AGAIN_AFTER_MS);
  }
}

function hostOf(url: string): string {
  return new URL(url).host;
}
