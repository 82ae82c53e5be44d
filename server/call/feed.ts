import { randomUUID } from 'node:crypto';
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

/** `id` is the feed's own key and a number that grows: a call that another process goes on with has another feed there. */
export interface NumberedFeedEvent {
  id: string;
  event: FeedEvent;
}

/** Why no more comes: the call is over, or another process goes on with it. */
export type FeedEnd = 'over' | 'moved';

export interface FeedWatcher {
  onEvent(event: NumberedFeedEvent): void;
  onEnd(end: FeedEnd): void;
}

/** The events of one call for those who watch it: kept from the start, so that a late or reconnecting watcher misses nothing. */
export class CallFeed {
  readonly #key = randomUUID().slice(0, 8);
  readonly #past: NumberedFeedEvent[] = [];
  readonly #watchers = new Set<FeedWatcher>();
  #end: FeedEnd | null = null;
  #state = '';

  /** A state that is already the newest one is not told again. */
  publish(event: FeedEvent): void {
    if (event.type === 'state') {
      if (event.state === this.#state) return;
      this.#state = event.state;
    }
    const numbered = { id: `${this.#key}-${this.#past.length + 1}`, event };
    this.#past.push(numbered);
    for (const { onEvent } of this.#watchers) onEvent(numbered);
  }

  /** Nothing more will come. */
  close(end: FeedEnd = 'over'): void {
    this.#end ??= end;
    for (const watcher of this.#watchers) watcher.onEnd(this.#end);
    this.#watchers.clear();
  }

  /** What came after an event; all of it after one of another feed. */
  after(id: string): NumberedFeedEvent[] {
    const [key, number] = id.split('-');
    return this.#past.slice(key === this.#key ? Number(number) : 0);
  }

  /** Replays what came after event `afterId`, then follows. Returns the function that stops. */
  watch(afterId: string, watcher: FeedWatcher): () => void {
    for (const event of this.after(afterId)) watcher.onEvent(event);
    if (this.#end !== null) {
      watcher.onEnd(this.#end);
      return () => undefined;
    }
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}
