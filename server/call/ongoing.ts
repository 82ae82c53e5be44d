import type { CallTerms } from '../cost/terms.ts';
import type { Usage } from '../cost/usage.ts';
import type { Briefing } from '../persona/briefing.ts';
import { CallFeed } from './feed.ts';
import type { LiveCall } from './live-call.ts';

/** What this process knows of a call that is not over, or was until a minute ago. */
export interface Ongoing {
  feed: CallFeed;
  live: LiveCall | null;
  /** What the warm-up has used; the house pays for it when nobody answers. */
  warmUpUsage: Usage[];
  /** Ready before the call is answered, when this instance dialled it. */
  briefing: Briefing | null;
  /** Known from the beginning when this instance funded it. */
  terms: CallTerms | null;
  stopWarmUp: () => void;
  billedSeconds: Deferred<number | null>;
}

export function ongoingCall(): Ongoing {
  return {
    feed: new CallFeed(),
    live: null,
    warmUpUsage: [],
    briefing: null,
    terms: null,
    stopWarmUp: () => undefined,
    billedSeconds: deferred(),
  };
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
