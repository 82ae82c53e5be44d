import type { CancelTimer, Clock } from '../clock.ts';
import type { CostEvent } from '../cost/cost-event.ts';
import type { CallCostTracker } from '../cost/tracker.ts';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { EventLog, LogChunk } from './event-log.ts';
import type { TurnTimings } from './turn-timings.ts';

/** One line of the transcript. */
export interface TranscriptTurn {
  seq: number;
  speaker: 'caller' | 'persona';
  text: string;
  interrupted: boolean;
  atMs: number;
  timings: TurnTimings | null;
}

export interface JournalBatch {
  log: LogChunk | null;
  turns: readonly TranscriptTurn[];
  costs: readonly CostEvent[];
}

/** Writes a batch in one transaction. */
export type SaveBatch = (batch: JournalBatch) => Promise<void>;

/** With the moment in which flushes are gathered, a crash loses at most a second of the record. */
const FLUSH_EVERY_MS = 700;

/**
 * Keeps the durable record of one call: events, transcript, costs. The call adds to memory and never waits;
 * a flush follows each turn and at least every second. What could not be saved is offered again.
 */
export class CallJournal {
  readonly #callId: string;
  readonly #events: EventLog;
  readonly #costs: CallCostTracker;
  readonly #save: SaveBatch;
  readonly #clock: Clock;
  readonly #log: Logger;
  #turns: TranscriptTurn[] = [];
  #unsavedChunk: LogChunk | null = null;
  #nextSeq = 0;
  #running: Promise<void> | null = null;
  #timer: CancelTimer | null = null;
  #closed = false;

  constructor(parts: {
    callId: string;
    events: EventLog;
    costs: CallCostTracker;
    save: SaveBatch;
    clock: Clock;
    log: Logger;
  }) {
    this.#callId = parts.callId;
    this.#events = parts.events;
    this.#costs = parts.costs;
    this.#save = parts.save;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#schedule();
  }

  addTurn(turn: Omit<TranscriptTurn, 'seq'>): TranscriptTurn {
    const numbered = { ...turn, seq: this.#nextSeq };
    this.#nextSeq += 1;
    this.#turns.push(numbered);
    void this.flush();
    return numbered;
  }

  /** Saves what there is; a flush that is under way is waited for first. Never rejects. */
  flush(): Promise<void> {
    this.#running ??= this.#flushOnce().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** Saves the rest and stops. Resolves to false when something could not be saved. */
  async close(): Promise<boolean> {
    this.#closed = true;
    this.#timer?.();
    await this.flush(); // one may have been under way with an older batch
    await this.flush();
    return this.#isEmpty();
  }

  #isEmpty(): boolean {
    return (
      this.#unsavedChunk === null &&
      this.#events.isEmpty &&
      this.#turns.length === 0 &&
      this.#costs.unsaved().length === 0
    );
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#timer = this.#clock.after(FLUSH_EVERY_MS, () => {
      void this.flush();
      this.#schedule();
    });
  }

  async #flushOnce(): Promise<void> {
    if (this.#isEmpty()) return;
    if (this.#unsavedChunk === null && !this.#events.isEmpty) this.#unsavedChunk = this.#events.takeChunk();
    const batch: JournalBatch = {
      log: this.#unsavedChunk,
      turns: [...this.#turns],
      costs: [...this.#costs.unsaved()],
    };
    try {
      await this.#save(batch);
    } catch (error) {
      this.#log.error(
        { callId: this.#callId, problem: describeError(error) },
        'the record of a call could not be saved; it is kept and tried again',
      );
      return;
    }
    this.#unsavedChunk = null;
    this.#turns = this.#turns.slice(batch.turns.length);
    this.#costs.saved(batch.costs.length);
  }
}
