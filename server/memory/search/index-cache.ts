import type { MemoryIndex } from './memory-index.ts';

/** About 1 kB of heap each, so a tenth of a gigabyte at most. */
const MOST_DOCUMENTS = 100_000;

/** Indexes that were built for searches, the least recently used forgotten first. */
export class IndexCache {
  readonly #entries = new Map<string, { version: number; index: MemoryIndex }>();
  #documents = 0;

  /** An index that was made when the memory had this version. */
  get(key: string, version: number): MemoryIndex | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#drop(key);
    if (entry.version !== version) return undefined;
    this.#put(key, entry);
    return entry.index;
  }

  set(key: string, version: number, index: MemoryIndex): void {
    this.#drop(key);
    this.#put(key, { version, index });
    for (const oldest of this.#entries.keys()) {
      if (this.#documents <= MOST_DOCUMENTS) return;
      this.#drop(oldest);
    }
  }

  #put(key: string, entry: { version: number; index: MemoryIndex }): void {
    this.#entries.set(key, entry);
    this.#documents += entry.index.size;
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#documents -= entry.index.size;
  }
}
