import type { CancelTimer, Clock } from '../server/clock.ts';

interface Task {
  at: number;
  sequence: number;
  /** Null once it was cancelled or has run. */
  run: (() => void) | null;
}

/** A clock that only moves when it is told to; due tasks run in order, at their own time. */
export class VirtualClock implements Clock {
  #now = 0;
  #sequence = 0;
  /** A binary heap, the earliest task first; of two at the same time the one that was planned first. */
  readonly #heap: Task[] = [];
  #pending = 0;

  nowMs(): number {
    return this.#now;
  }

  wallMs(): number {
    return Date.UTC(2026, 10, 22) + this.#now;
  }

  after(delayMs: number, task: () => void): CancelTimer {
    const entry: Task = { at: this.#now + Math.max(0, delayMs), sequence: this.#sequence++, run: task };
    this.#pending += 1;
    this.#push(entry);
    return () => {
      if (entry.run !== null) this.#pending -= 1;
      entry.run = null;
    };
  }

  /** Lets time pass, running everything that becomes due on the way. */
  advance(ms: number): void {
    const until = this.#now + ms;
    while (this.runNext(until));
    this.#now = until;
  }

  /** Moves to the next task and runs it; false when none is due until then. */
  runNext(until = Number.POSITIVE_INFINITY): boolean {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.at > until) return false;
      this.#pop();
      const { run } = next;
      if (run === null) continue;
      next.run = null;
      this.#pending -= 1;
      this.#now = Math.max(this.#now, next.at);
      run();
      return true;
    }
  }

  /** Time passes and nothing runs: the process stood still. What became due meanwhile runs late. */
  skip(ms: number): void {
    this.#now += ms;
  }

  get pending(): number {
    return this.#pending;
  }

  #push(task: Task): void {
    const heap = this.#heap;
    let i = heap.length;
    heap.push(task);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, task)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = task;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      const [left, right] = [heap[child], heap[child + 1]];
      if (left === undefined) break;
      if (right !== undefined && isBefore(right, left)) child += 1;
      const smaller = heap[child];
      if (smaller === undefined || isBefore(last, smaller)) break;
      heap[i] = smaller;
      i = child;
    }
    heap[i] = last;
  }
}

function isBefore(a: Task, b: Task): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
}
