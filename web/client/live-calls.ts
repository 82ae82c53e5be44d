import {
  boardMessageShape,
  type CallShape,
  type FeedEventShape,
  type TurnShape,
} from '../../server/http/shapes/calls.ts';

/** A call as it goes on. */
export interface LiveCall {
  call: CallShape;
  turns: readonly TurnShape[];
  /** What the payer would pay if it ended now. */
  totalCents: number;
  /** The tool that the persona used last. */
  tool: string | null;
  budget: 'fine' | 'warn' | 'cutoff';
  endReason: string | null;
  /** It is no longer among the calls under way, and is shown for a moment more. */
  isGone: boolean;
}

/** `refused`: the server has said no, and the browser has given up. */
export type Connection = 'connecting' | 'open' | 'lost' | 'refused';

/** Lines of a transcript that are kept; older ones are on the call's own page. */
const MOST_TURNS = 200;
/** A call stays to be seen for so long after its end. */
const SHOWN_AFTER_END_MS = 20_000;

/**
 * Calls whose changes are shown in one frame; the others wait for the next. Measured with 50 calls at 5 events a second:
 * test/browser/live-pace.browser.ts.
 */
const MOST_PER_FRAME = 4;

/**
 * All calls under way, from one stream of the server. Changes are told once a frame and a few calls at a time, so that a
 * page with many calls stays quick; after a broken connection the server tells everything from the beginning, and what was
 * known is dropped by its id.
 */
export class LiveCalls {
  readonly #calls = new Map<string, LiveCall>();
  /** Those of which something has happened that is not shown yet. */
  readonly #changed = new Set<string>();
  #shown: ReadonlyMap<string, LiveCall> = new Map();
  #connection: Connection = 'connecting';
  /** By call and feed the number of the newest event; a call that another process goes on with has a feed there. */
  readonly #newest = new Map<string, Map<string, number>>();
  readonly #listeners = new Set<() => void>();
  #source: EventSource | null = null;
  #frame: number | null = null;

  /** For useSyncExternalStore: connects with the first listener, and closes with the last. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#source ??= this.#open();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#source?.close();
      this.#source = null;
      this.#connection = 'connecting';
    };
  };

  readonly calls = (): ReadonlyMap<string, LiveCall> => this.#shown;
  readonly connection = (): Connection => this.#connection;

  #open(): EventSource {
    const source = new EventSource('/api/live/events');
    source.onopen = () => this.#set('open');
    source.onerror = () => this.#set(source.readyState === EventSource.CLOSED ? 'refused' : 'lost');
    source.onmessage = ({ data }: MessageEvent<string>) => this.#take(data);
    return source;
  }

  #set(connection: Connection): void {
    this.#connection = connection;
    this.#tell();
  }

  #take(data: string): void {
    const message = boardMessageShape.parse(JSON.parse(data));
    if (message.type === 'calls') this.#onCalls(message.calls);
    else if (this.#isNew(message.callId, message.id)) this.#onEvent(message.callId, message.event);
    this.#tell();
  }

  /** Events are numbered within their feed: "3f2a-12". */
  #isNew(callId: string, id: string): boolean {
    const [feed = '', number] = id.split('-');
    const newest = this.#newest.get(callId) ?? new Map<string, number>();
    if (Number(number) <= (newest.get(feed) ?? 0)) return false;
    this.#newest.set(callId, newest.set(feed, Number(number)));
    return true;
  }

  #onCalls(calls: readonly CallShape[]): void {
    const underWay = new Set(calls.map(({ id }) => id));
    for (const call of calls) {
      const known = this.#calls.get(call.id);
      if (known === undefined) this.#put(newCall(call));
      else if (known.isGone || !isSame(known.call, call)) this.#put({ ...known, call, isGone: false });
    }
    for (const [id, known] of this.#calls) {
      if (underWay.has(id) || known.isGone) continue;
      this.#put({ ...known, isGone: true });
      setTimeout(() => this.#forget(id), SHOWN_AFTER_END_MS);
    }
  }

  #onEvent(callId: string, event: FeedEventShape): void {
    const known = this.#calls.get(callId);
    if (known !== undefined) this.#put(after(known, event));
  }

  #put(live: LiveCall): void {
    this.#calls.set(live.call.id, live);
    this.#changed.add(live.call.id);
  }

  #forget(callId: string): void {
    if (this.#calls.get(callId)?.isGone !== true) return;
    this.#newest.delete(callId);
    this.#calls.delete(callId);
    this.#changed.add(callId);
    this.#tell();
  }

  #tell(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      this.#showSome();
      for (const listener of this.#listeners) listener();
      if (this.#changed.size > 0) this.#tell();
    });
  }

  #showSome(): void {
    const shown = new Map(this.#shown);
    for (const callId of [...this.#changed].slice(0, MOST_PER_FRAME)) {
      this.#changed.delete(callId);
      const live = this.#calls.get(callId);
      if (live === undefined) shown.delete(callId);
      else shown.set(callId, live);
    }
    this.#shown = shown;
  }
}

function isSame(one: CallShape, other: CallShape): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function newCall(call: CallShape): LiveCall {
  return { call, turns: [], totalCents: 0, tool: null, budget: 'fine', endReason: null, isGone: false };
}

function after(live: LiveCall, event: FeedEventShape): LiveCall {
  switch (event.type) {
    case 'state':
      return { ...live, call: { ...live.call, state: event.state as CallShape['state'] } };
    case 'turn':
      return {
        ...live,
        turns: [...live.turns, event.turn].slice(-MOST_TURNS),
        totalCents: event.totalCents,
        tool: null,
      };
    case 'tool':
      return { ...live, tool: event.name };
    case 'budget':
      return { ...live, budget: event.level, totalCents: event.spentCents };
    case 'ended':
      return { ...live, endReason: event.reason };
    case 'bill':
      return { ...live, totalCents: event.bill.totalCostCents };
    default:
      return event satisfies never;
  }
}

export const liveCalls = new LiveCalls();
