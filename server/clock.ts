/** The one clock of the product. Tests and the simulator put a virtual one in its place. */
export interface Clock {
  /** Monotonic milliseconds; only differences mean anything. */
  nowMs(): number;
  /** Wall-clock milliseconds since the Unix epoch, for rows that people read. */
  wallMs(): number;
  /** Runs `task` once after `delayMs` (never before the current turn of the event loop ends). */
  after(delayMs: number, task: () => void): CancelTimer;
}

/** Cancels the timer; calling it again, or after the task ran, does nothing. */
export type CancelTimer = () => void;

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `delayMs` on the given clock. */
export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
}
