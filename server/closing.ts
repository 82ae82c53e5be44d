import type { Clock } from './clock.ts';
import { describeError } from './errors.ts';
import type { Logger } from './log.ts';

export type Closer = () => void | Promise<void>;

/** Closes what was opened, last opened first. */
export async function closeAll(closers: readonly Closer[]): Promise<void> {
  for (const close of [...closers].reverse()) await close();
}

/** The same after a failure, which may be what closing waits for, such as a database that has gone: it comes to an end. */
export async function closeWithin(
  ms: number,
  closers: readonly Closer[],
  { clock, log }: { clock: Clock; log: Logger },
): Promise<void> {
  let cancel = () => {};
  const tooLong = new Promise<void>((resolve) => {
    cancel = clock.after(ms, resolve);
  });
  const closed = closeAll(closers).catch((error: unknown) =>
    log.warn({ problem: describeError(error) }, 'after a failed start not everything could be closed'),
  );
  await Promise.race([closed, tooLong]);
  cancel();
}
