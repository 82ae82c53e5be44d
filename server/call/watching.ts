import { z } from 'zod';
import { type Actor, type Database, tell } from '../../db/connection.ts';
import type { CancelTimer, Clock } from '../clock.ts';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { FeedEvent, FeedWatcher, NumberedFeedEvent } from './feed.ts';
import type { OngoingCalls } from './ongoing.ts';
import type { CallStore } from './store.ts';

export interface WatchingParts {
  db: Database;
  store: CallStore;
  ongoing: OngoingCalls;
  clock: Clock;
  log: Logger;
}

/** So often somebody who watches from elsewhere says so again; whoever was not asked for so long tells nothing more. */
const ASK_EVERY_MS = 5_000;
const TELL_FOR_MS = 15_000;
/** PostgreSQL carries less than 8,000 bytes in one notice; of a longer line of the transcript watchers see the beginning. */
const MOST_CHARACTERS = 1_800;
const SYSTEM: Actor = { kind: 'system', purpose: 'watch a call' };

const told = z.union([
  z.object({ watch: z.string(), after: z.string() }),
  z.object({ call: z.string(), id: z.string(), event: z.custom<FeedEvent>() }),
]);

interface Telling {
  until: number;
  stop: () => void;
}

interface FarWatch {
  watchers: Set<FeedWatcher>;
  /** The number of the newest event of each feed. */
  newest: Map<string, number>;
  lastId: string;
  cancel: CancelTimer;
}

/** Lets a call be watched from any instance: the one that holds it tells the others, as long as somebody there asks. */
export class Watching {
  readonly #parts: WatchingParts;
  readonly #far = new Map<string, FarWatch>();
  readonly #telling = new Map<string, Telling>();
  /** One notice after the other: watchers drop what comes after a newer one. */
  #line: Promise<void> = Promise.resolve();

  constructor(parts: WatchingParts) {
    this.#parts = parts;
  }

  /** @returns the function that stops. */
  async listen(): Promise<() => Promise<void>> {
    const stop = await this.#parts.db.listen(
      'feeds',
      (text) => this.#onTold(text),
      () => this.#askAgain(),
    );
    return async () => {
      for (const { cancel } of this.#far.values()) cancel();
      for (const { stop: silence } of this.#telling.values()) silence();
      await stop();
    };
  }

  /** Follows a call wherever it goes on, from after an event on. Returns the function that stops. */
  follow(callId: string, afterId: string, watcher: FeedWatcher): () => void {
    let stop: () => void = () => undefined;
    let isStopped = false;
    const far = () => {
      if (!isStopped) stop = this.#followFar(callId, afterId, watcher);
    };
    const feed = this.#parts.ongoing.get(callId)?.feed;
    if (feed === undefined) far();
    else
      stop = feed.watch(afterId, {
        onEvent: (event) => watcher.onEvent(event),
        onEnd: (end) => (end === 'over' ? watcher.onEnd(end) : far()),
      });
    return () => {
      isStopped = true;
      stop();
    };
  }

  #followFar(callId: string, afterId: string, watcher: FeedWatcher): () => void {
    const known = this.#far.get(callId);
    const watch = known ?? {
      watchers: new Set(),
      newest: new Map(),
      lastId: afterId,
      cancel: () => undefined,
    };
    watch.watchers.add(watcher);
    this.#far.set(callId, watch);
    if (known === undefined) void this.#ask(callId, watch);
    else void this.#tell({ watch: callId, after: afterId }); // others have seen what this one has not
    return () => {
      watch.watchers.delete(watcher);
      if (watch.watchers.size > 0) return;
      watch.cancel();
      this.#far.delete(callId);
    };
  }

  /** Asks whoever holds the call, now and again; gives up when it is over and nobody tells of it. */
  async #ask(callId: string, watch: FarWatch): Promise<void> {
    const { store, clock, log } = this.#parts;
    watch.cancel = clock.after(ASK_EVERY_MS, () => void this.#ask(callId, watch));
    try {
      const call = await store.find(SYSTEM, callId);
      await this.#tell({ watch: callId, after: watch.lastId });
      // A moment for its last events, which the one who held it keeps for a minute.
      if (call !== undefined && call.state !== 'ended') return;
      watch.cancel();
      watch.cancel = clock.after(ASK_EVERY_MS / 2, () => this.#end(callId, watch));
    } catch (error) {
      log.warn({ callId, problem: describeError(error) }, 'a call that goes on elsewhere cannot be watched');
    }
  }

  #askAgain(): void {
    for (const [callId, watch] of this.#far) void this.#tell({ watch: callId, after: watch.lastId });
  }

  #onTold(text: string): void {
    const parsed = told.safeParse(JSON.parse(text));
    if (!parsed.success) return; // from a newer version, during a deploy
    const said = parsed.data;
    if ('watch' in said) this.#onAsked(said.watch, said.after);
    else this.#onEvent(said.call, said);
  }

  /** Somebody elsewhere watches a call: tells them, when it is held here. */
  #onAsked(callId: string, after: string): void {
    const { ongoing, clock } = this.#parts;
    const held = ongoing.get(callId);
    if (held === undefined) return;
    const until = clock.nowMs() + TELL_FOR_MS;
    const known = this.#telling.get(callId);
    if (known !== undefined) known.until = until;
    for (const event of held.feed.after(after)) void this.#tell({ call: callId, ...short(event) });
    if (known !== undefined) return;
    const telling: Telling = { until, stop: () => undefined };
    this.#telling.set(callId, telling);
    const end = () => {
      telling.stop();
      this.#telling.delete(callId);
    };
    let isPast = true; // what was there already has been told above
    telling.stop = held.feed.watch('', {
      onEvent: (event) => {
        if (isPast) return;
        if (clock.nowMs() > telling.until) end();
        else void this.#tell({ call: callId, ...short(event) });
      },
      onEnd: end,
    });
    isPast = false;
  }

  #onEvent(callId: string, { id, event }: NumberedFeedEvent): void {
    const watch = this.#far.get(callId);
    const [key = '', number] = id.split('-');
    if (watch === undefined || Number(number) <= (watch.newest.get(key) ?? 0)) return;
    watch.newest.set(key, Number(number));
    watch.lastId = id;
    for (const { onEvent } of [...watch.watchers]) onEvent({ id, event });
    if (event.type === 'bill') this.#end(callId, watch);
  }

  #end(callId: string, watch: FarWatch): void {
    if (this.#far.get(callId) !== watch) return;
    watch.cancel();
    this.#far.delete(callId);
    for (const { onEnd } of watch.watchers) onEnd('over');
  }

  #tell(said: z.infer<typeof told>): Promise<void> {
    this.#line = this.#line.then(() => this.#send(JSON.stringify(said)));
    return this.#line;
  }

  async #send(text: string): Promise<void> {
    const { db, log } = this.#parts;
    await db
      .as(SYSTEM, (tx) => tell(tx, 'feeds', text))
      .catch((error: unknown) =>
        log.warn({ problem: describeError(error) }, 'those who watch a call elsewhere were not told'),
      );
  }
}

function short({ id, event }: NumberedFeedEvent): NumberedFeedEvent {
  if (event.type !== 'turn' || event.turn.text.length <= MOST_CHARACTERS) return { id, event };
  return {
    id,
    event: { ...event, turn: { ...event.turn, text: `${event.turn.text.slice(0, MOST_CHARACTERS)}…` } },
  };
}
