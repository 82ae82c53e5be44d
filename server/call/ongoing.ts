import type { CancelTimer, Clock } from '../clock.ts';
import type { Bill } from '../cost/bill.ts';
import type { CallTerms } from '../cost/terms.ts';
import type { Usage } from '../cost/usage.ts';
import type { Briefing } from '../persona/briefing.ts';
import { CallFeed } from './feed.ts';
import type { LiveCall } from './live-call.ts';
import type { CallMemory, CallMeter } from './ports.ts';

/** What this process knows of a call that is not over, or was until a minute ago. */
export interface Ongoing {
  feed: CallFeed;
  live: LiveCall | null;
  /** What the warm-up has used; the house pays for it when nobody answers. */
  warmUpUsage: Usage[];
  /** Ready before the call is answered, when this instance dialled it. */
  briefing: Briefing | null;
  /** Opened while it rings. */
  memory: CallMemory | null;
  /** Known from the beginning when this instance funded it. */
  terms: CallTerms | null;
  /** Its stream has come to this process, and the talk is about to begin. */
  isOpening: boolean;
  /** Rings or is going on: what a drain waits for. */
  isUnderWay: boolean;
  stopWarmUp: () => void;
  billedSeconds: Deferred<number | null>;
}

/** Watchers of an ended call may still fetch its last events for this long. */
const FEED_KEPT_MS = 60_000;

/** The calls that this process holds, and for a minute those that it held. */
export class OngoingCalls {
  readonly #clock: Clock;
  readonly #meter: CallMeter;
  readonly #calls = new Map<string, Ongoing>();
  readonly #forgetTimers = new Map<string, CancelTimer>();
  #isClosed = false;
  #onIdle: () => void = () => undefined;

  constructor(clock: Clock, meter: CallMeter) {
    this.#clock = clock;
    this.#meter = meter;
  }

  get(callId: string): Ongoing | undefined {
    return this.#calls.get(callId);
  }

  getOrAdd(callId: string): Ongoing {
    const existing = this.#calls.get(callId);
    if (existing !== undefined) return existing;
    const ongoing: Ongoing = {
      feed: new CallFeed(),
      live: null,
      warmUpUsage: [],
      briefing: null,
      memory: null,
      terms: null,
      isOpening: false,
      isUnderWay: true,
      stopWarmUp: () => undefined,
      billedSeconds: deferred(),
    };
    this.#calls.set(callId, ongoing);
    return ongoing;
  }

  get ids(): string[] {
    return [...this.#calls.keys()];
  }

  get live(): LiveCall[] {
    return [...this.#calls.values()].flatMap(({ live }) => (live === null ? [] : [live]));
  }

  /** The call is over: tells its watchers, and forgets it when they had time to fetch the last events. */
  finish(callId: string, reason: string, bill: Bill): void {
    const ongoing = this.#calls.get(callId);
    if (ongoing === undefined) return;
    const { vendorMicroCents: _, ...payersBill } = bill;
    this.#meter.ended(reason);
    ongoing.stopWarmUp();
    ongoing.live = null;
    this.rest(callId);
    ongoing.feed.publish({ type: 'ended', reason });
    ongoing.feed.publish({ type: 'bill', bill: payersBill });
    ongoing.feed.close();
    const cancel = this.#clock.after(FEED_KEPT_MS, () => this.forget(callId));
    this.#forgetTimers.set(callId, cancel);
    if (this.#isClosed) this.forget(callId);
  }

  /** Forgets the calls that are over, now and from now on at once. */
  close(): void {
    this.#isClosed = true;
    for (const callId of [...this.#forgetTimers.keys()]) this.forget(callId);
  }

  /** The call waits for another attempt, or is over. */
  rest(callId: string): void {
    const ongoing = this.#calls.get(callId);
    if (ongoing !== undefined) ongoing.isUnderWay = false;
    this.#tellIdle();
  }

  /** Resolves when no call rings or goes on any more, or after a time. */
  async idle(withinMs: number): Promise<void> {
    if (withinMs <= 0 || !this.#isBusy()) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        cancel();
        this.#onIdle = () => undefined;
        resolve();
      };
      const cancel = this.#clock.after(withinMs, done);
      this.#onIdle = done;
    });
  }

  #isBusy(): boolean {
    return [...this.#calls.values()].some(({ isUnderWay }) => isUnderWay);
  }

  #tellIdle(): void {
    if (!this.#isBusy()) this.#onIdle();
  }

  /** From now on this process does not say that it holds the call. */
  forget(callId: string): void {
    this.#calls.get(callId)?.feed.close('moved');
    this.#forgetTimers.get(callId)?.();
    this.#forgetTimers.delete(callId);
    this.#calls.delete(callId);
    this.#tellIdle();
  }
}

/** A promise that is resolved from outside. */
export interface Deferred<T> {
  promise: Promise<T>;
  resolve(value: T): void;
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
