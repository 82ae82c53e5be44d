import type { StandIn } from './faults.ts';

/** Something a stand-in received or did, for tests and for people who wonder. */
export interface JournalEntry {
  atMs: number;
  vendor: StandIn;
  what: string;
  detail: Record<string, unknown>;
}

const KEPT_ENTRIES = 20_000;

/** What every stand-in received, in order, with monotonic times. */
export class Journal {
  #entries: JournalEntry[] = [];

  note(vendor: StandIn, what: string, detail: Record<string, unknown> = {}): void {
    this.#entries.push({ atMs: Math.round(performance.now()), vendor, what, detail });
    if (this.#entries.length > KEPT_ENTRIES) this.#entries = this.#entries.slice(-KEPT_ENTRIES / 2);
  }

  entries(vendor?: string): readonly JournalEntry[] {
    return vendor === undefined ? this.#entries : this.#entries.filter((entry) => entry.vendor === vendor);
  }
}
