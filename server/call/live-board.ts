import type { Actor, Database } from '../../db/connection.ts';
import type { CancelTimer, Clock } from '../clock.ts';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type ListedCall, listCalls } from './call-list.ts';
import type { NumberedFeedEvent } from './feed.ts';
import type { Watching } from './watching.ts';

export interface LiveBoardParts {
  db: Database;
  watching: Pick<Watching, 'follow'>;
  clock: Clock;
  log: Logger;
}

export interface BoardWatcher {
  /** All calls under way, whenever one has come, gone or changed its state. */
  onCalls(calls: readonly ListedCall[]): void;
  onEvent(callId: string, event: NumberedFeedEvent): void;
  /** It was followed for so long that whoever it is has to come again. */
  onEnd(): void;
}

/** How soon a call that somebody else has begun is seen. */
const LOOK_EVERY_MS = 1_000;
/** A stream is not held open past this: who comes again is asked anew who they are, and a session that was ended is noticed. */
const FOLLOWED_AT_MOST_MS = 5 * 60_000;
/** More than anybody can look at. */
const MOST_CALLS = 200;

/** All calls under way in one stream: browsers keep only a few connections to one host. */
export class LiveBoard {
  readonly #parts: LiveBoardParts;

  constructor(parts: LiveBoardParts) {
    this.#parts = parts;
  }

  /**
   * Follows every call under way that the actor may see, each from its beginning: whoever comes back after a broken
   * connection has missed nothing, and knows by the events' ids what they have had. @returns the function that stops.
   */
  follow(actor: Actor, watcher: BoardWatcher): () => void {
    const { db, watching, clock, log } = this.#parts;
    const followed = new Map<string, () => void>();
    let shown: string | null = null;
    let cancel: CancelTimer = () => undefined;
    let isStopped = false;
    const stop = () => {
      isStopped = true;
      cancel();
      cancelEnd();
      for (const leave of followed.values()) leave();
    };
    const cancelEnd = clock.after(FOLLOWED_AT_MOST_MS, () => {
      stop();
      watcher.onEnd();
    });
    const look = async () => {
      try {
        const calls = await listCalls(db, actor, { state: 'under-way', limit: MOST_CALLS });
        if (isStopped) return;
        const seen = calls.map(({ id, state }) => `${id} ${state}`).join();
        if (seen !== shown) watcher.onCalls(calls);
        shown = seen;
        for (const { id } of calls) {
          if (followed.has(id)) continue;
          const leave = watching.follow(id, '', {
            onEvent: (event) => watcher.onEvent(id, event),
            onEnd: () => followed.delete(id),
          });
          followed.set(id, leave);
        }
      } catch (error) {
        log.warn({ problem: describeError(error) }, 'the calls under way could not be looked at');
      }
      if (!isStopped) cancel = clock.after(LOOK_EVERY_MS, () => void look());
    };
    void look();
    return stop;
  }
}
