import type { CancelTimer, Clock } from '../clock.ts';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { CallStore } from './store.ts';

/** A process that says nothing of its calls for a minute counts as dead (orphans.ts). */
const HEARTBEAT_MS = 10_000;

/** Says every ten seconds, in one statement for all, that this process holds its calls. Returns the function that stops. */
export function startHeartbeat(
  { store, clock, log }: { store: CallStore; clock: Clock; log: Logger },
  callIds: () => string[],
  onStopRequested: (callId: string) => void,
): CancelTimer {
  let cancel: CancelTimer = () => undefined;
  const schedule = () => {
    cancel = clock.after(HEARTBEAT_MS, () => {
      store
        .heartbeat(callIds())
        .then((wanted) => wanted.forEach(onStopRequested))
        .catch((error: unknown) =>
          log.error({ problem: describeError(error) }, 'the calls’ heartbeat could not be written'),
        );
      schedule();
    });
  };
  schedule();
  return () => cancel();
}
