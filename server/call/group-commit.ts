import type { CancelTimer, Clock } from '../clock.ts';
import type { JournalBatch } from './journal.ts';

/** A batch with the call that it belongs to. */
export interface CallBatch {
  callId: string;
  userId: string;
  batch: JournalBatch;
}

/**
 * What comes in within this time is written together. A call's own flush comes every 700 ms at the latest, so that
 * a crash loses no more than a second.
 */
const GATHER_MS = 250;

interface Waiting extends CallBatch {
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Writes the records of all calls of this process together: one transaction a moment, however many calls there are.
 * A batch that cannot be written does not hold the others up: then each is tried by itself.
 */
export class GroupCommit {
  readonly #clock: Clock;
  readonly #write: (batches: readonly CallBatch[]) => Promise<void>;
  #waiting: Waiting[] = [];
  #timer: CancelTimer | null = null;
  #running: Promise<void> = Promise.resolve();

  /** @param write writes all or nothing. */
  constructor(clock: Clock, write: (batches: readonly CallBatch[]) => Promise<void>) {
    this.#clock = clock;
    this.#write = write;
  }

  /** Resolves when the batch is durable; rejects when it could not be written. */
  save(entry: CallBatch): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...entry, resolve, reject });
      this.#timer ??= this.#clock.after(GATHER_MS, () => this.#begin());
    });
  }

  #begin(): void {
    this.#timer = null;
    const entries = this.#waiting;
    this.#waiting = [];
    this.#running = this.#running.then(() => this.#writeAll(entries));
  }

  async #writeAll(entries: readonly Waiting[]): Promise<void> {
    try {
      await this.#write(entries);
      for (const entry of entries) entry.resolve();
    } catch (error) {
      const [only] = entries;
      if (entries.length === 1 && only !== undefined) only.reject(error);
      else for (const entry of entries) await this.#writeAll([entry]);
    }
  }
}
