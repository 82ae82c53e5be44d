import type { Clock } from './clock.ts';

export type Closer = () => void | Promise<void>;

/** Closes what was opened, last opened first. */
export async function closeAll(closers: readonly Closer[]): Promise<void> {
  for (const close of [...closers].reverse()) await close();
}

/** The same after a failure, which may be what closing waits for, such as a database that has gone: it comes to an end. */
export async function closeWithin(closers: readonly Closer[], clock: Clock, ms: number): Promise<void> {
  let cancel = () => {};
  const tooLong = new Promise<void>((resolve) => {
    cancel = clock.after(ms, resolve);
  });
  await Promise.race([closeAll(closers).catch(() => undefined), tooLong]);
  cancel();
}
