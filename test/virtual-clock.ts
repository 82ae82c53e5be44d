import type { CancelTimer, Clock } from '../server/clock.ts';

/** A clock that only moves when it is told to; due tasks run in order, at their own time. */
export class VirtualClock implements Clock {
  #now = 0;
  #sequence = 0;
  #tasks: Array<{ at: number; sequence: number; task: () => void }> = [];

  nowMs(): number {
    return this.#now;
  }

  wallMs(): number {
    return Date.UTC(2026, 10, 22) + this.#now;
  }

  after(delayMs: number, task: () => void): CancelTimer {
    const entry = { at: this.#now + Math.max(0, delayMs), sequence: this.#sequence++, task };
    this.#tasks.push(entry);
    return () => {
      this.#tasks = this.#tasks.filter((other) => other !== entry);
    };
  }

  /** Lets time pass, running everything that becomes due on the way. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const next = this.#tasks
        .filter((entry) => entry.at <= until)
        .sort((a, b) => a.at - b.at || a.sequence - b.sequence)[0];
      if (next === undefined) break;
      this.#tasks = this.#tasks.filter((entry) => entry !== next);
      this.#now = Math.max(this.#now, next.at);
      next.task();
    }
    this.#now = until;
  }

  get pending(): number {
    return this.#tasks.length;
  }
}
