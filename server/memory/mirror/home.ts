import type { Scope } from '../scope.ts';

/** Another place where memories are kept, beside ours. Postgres stays the record; this is a copy that follows. */
export interface MemoryHome {
  readonly name: 'supermemory' | 'openmemory';
  /** Keeps an item. @returns its name there. */
  put(item: MirroredItem): Promise<string>;
  /** The name of an item that may have arrived without an answer; null when it has not. */
  find(container: string, ref: string): Promise<string | null>;
  /** Takes an item away; one that is not there is gone already. */
  remove(container: string, externalId: string): Promise<void>;
  search(container: string, text: string, limit: number, signal: AbortSignal): Promise<FoundElsewhere[]>;
  /** Everything of a container, page by page. */
  list(container: string): AsyncIterable<KeptElsewhere>;
}

/** What is mirrored: a fact, a promise, the summary of a call, a profile. */
export interface MirroredItem {
  ref: string;
  container: string;
  text: string;
  /** Flat: that is what both take. */
  metadata: Record<string, string>;
}

export interface FoundElsewhere {
  externalId: string;
  /** What it is here; null for what did not come from here. */
  ref: string | null;
  text: string;
  score: number;
  /** When it was last written there; null where they do not say. */
  at: Date | null;
}

export interface KeptElsewhere {
  externalId: string;
  ref: string | null;
  text: string;
  metadata: Readonly<Record<string, unknown>>;
  createdAt: Date | null;
}

/** Where a relationship's items are kept: letters, digits, hyphens and underscores, under 100 of them. */
export function containerOf({ userId, persona }: Scope): string {
  return `ringback_${userId}_${persona === '' ? 'shared' : persona}`;
}
