import { createHash, type Hash } from 'node:crypto';
import type { ConversationConfig } from './conversation/configuration.ts';
import { CORE_VERSION, type Effect, type Event } from './conversation/types.ts';

/** One flush of the event log: what happened since the last one. */
export interface LogChunk {
  flush: number;
  coreVersion: number;
  /** Only in the first chunk. */
  config: ConversationConfig | null;
  events: Event[];
  /** SHA-256 over the effects of every event of the call so far. */
  effectsDigest: string;
}

/**
 * The event log of one call: every event in the order in which it was taken up, with its stamps.
 * Effects are not kept, because replay recomputes them; their digest proves that it got the same ones.
 */
export class EventLog {
  readonly #config: ConversationConfig;
  readonly #digest = new EffectsDigest();
  #events: Event[] = [];
  #flushes = 0;

  constructor(config: ConversationConfig) {
    this.#config = config;
  }

  add(event: Event, effects: readonly Effect[]): void {
    this.#events.push(event);
    this.#digest.add(effects);
  }

  get isEmpty(): boolean {
    return this.#events.length === 0;
  }

  /** Takes what has gathered since the last call. */
  takeChunk(): LogChunk {
    const chunk: LogChunk = {
      flush: this.#flushes,
      coreVersion: CORE_VERSION,
      config: this.#flushes === 0 ? this.#config : null,
      events: this.#events,
      effectsDigest: this.#digest.value(),
    };
    this.#events = [];
    this.#flushes += 1;
    return chunk;
  }
}

/** A running SHA-256 over effects. */
export class EffectsDigest {
  readonly #hash: Hash = createHash('sha256');

  add(effects: readonly Effect[]): void {
    for (const effect of effects)
      this.#hash.update(`${JSON.stringify(withoutHistory(effect), sortedKeys)}\n`);
  }

  value(): string {
    return this.#hash.copy().digest('hex');
  }
}

/** Events come back from the database with their keys in another order, and that must not count as a difference. */
function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The history in `llm.start` is made of the entries of earlier effects; hashing it again would cost more and add nothing. */
function withoutHistory(effect: Effect): unknown {
  return effect.type === 'llm.start'
    ? { type: effect.type, req: effect.req, entries: effect.history.length }
    : effect;
}
