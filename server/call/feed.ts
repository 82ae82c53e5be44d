import type { Bill } from '../cost/bill.ts';
import type { TranscriptTurn } from './journal.ts';

/** What somebody who watches a live call is told. */
export type FeedEvent =
  | { type: 'state'; state: string }
  | { type: 'turn'; turn: TranscriptTurn; totalCents: number }
  | { type: 'tool'; name: string }
  | { type: 'budget'; level: 'warn' | 'cutoff'; spentCents: number; capCents: number }
  | { type: 'ended'; reason: string }
  | { type: 'bill'; bill: Omit<Bill, 'vendorMicroCents'> };

export interface NumberedFeedEvent {
  id: number;
  event: FeedEvent;
}

/** The events of one call for those who watch it: kept from the start, so that a late or reconnecting watcher misses nothing. */
export class CallFeed {
  readonly #past: NumberedFeedEvent[] = [];
  readonly #watchers = new Set<(event: NumberedFeedEvent) => void>();
  #closed = false;
  #state = '';
  readonly #onClosed = new Set<() => void>();

  /** A state that is already the newest one is not told again. */
  publish(event: FeedEvent): void {
    if (event.type === 'state') {
      if (event.state === this.#state) return;
      this.#state = event.state;
    }
    const numbered = { id: this.#past.length + 1, event };
    this.#past.push(numbered);
    for (const watcher of this.#watchers) watcher(numbered);
  }

  /** Nothing more will come. */
  close(): void {
    this.#closed = true;
    for (const done of this.#onClosed) done();
    this.#watchers.clear();
    this.#onClosed.clear();
  }

  /** Replays what came after event `afterId`, then follows. Returns the function that stops. */
  watch(afterId: number, onEvent: (event: NumberedFeedEvent) => void, onClosed: () => void): () => void {
    for (const event of this.#past.slice(afterId)) onEvent(event);
    if (this.#closed) {
      onClosed();
      return () => undefined;
    }
    this.#watchers.add(onEvent);
    this.#onClosed.add(onClosed);
    return () => {
      this.#watchers.delete(onEvent);
      this.#onClosed.delete(onClosed);
    };
  }
}
