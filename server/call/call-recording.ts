import type { Clock } from '../clock.ts';
import type { CallCostTracker } from '../cost/tracker.ts';

/** Has a call recorded, and ends that. Never fails. */
export interface CallRecorder {
  /** @returns the carrier's name for the recording; null where it does not record. */
  begin(): Promise<string | null>;
  end(): Promise<void>;
  decline(): Promise<void>;
}

const MINUTE_MS = 60_000;

/** The recording of a live call: what the conversation decides is done in that order, and what it costs is counted. */
export class CallRecording {
  readonly #recorder: CallRecorder;
  readonly #costs: CallCostTracker;
  readonly #clock: Clock;
  #work: Promise<void> = Promise.resolve();
  #on: { sid: string; sinceMs: number } | null = null;

  constructor(recorder: CallRecorder, costs: CallCostTracker, clock: Clock) {
    this.#recorder = recorder;
    this.#costs = costs;
    this.#clock = clock;
  }

  take(change: 'start' | 'stop' | 'decline'): void {
    const atMs = this.#clock.nowMs();
    this.#work = this.#work.then(() => this.#do(change, atMs));
  }

  /** Counts a minute ahead, because the carrier bills each that has begun; the end says what it was. */
  count(): void {
    if (this.#on === null) return;
    const { sid, sinceMs } = this.#on;
    this.#costs.trackRecording(this.#clock.nowMs() - sinceMs + MINUTE_MS, sid, 'estimated');
  }

  /** The call is over. */
  async close(): Promise<void> {
    const atMs = this.#clock.nowMs();
    await this.#work;
    this.#over(atMs);
  }

  async #do(change: 'start' | 'stop' | 'decline', atMs: number): Promise<void> {
    switch (change) {
      case 'start': {
        const sid = await this.#recorder.begin();
        if (sid !== null) this.#on = { sid, sinceMs: atMs };
        return this.count();
      }
      case 'stop':
        this.#over(atMs);
        return this.#recorder.end();
      case 'decline':
        return this.#recorder.decline();
      default:
        return change satisfies never;
    }
  }

  #over(atMs: number): void {
    if (this.#on === null) return;
    const { sid, sinceMs } = this.#on;
    this.#on = null;
    this.#costs.trackRecording(Math.max(1, atMs - sinceMs), sid, 'complete');
  }
}
