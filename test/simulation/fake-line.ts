import type { LineHandlers, PhoneLine } from '../../server/call/ports.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import { BYTES_PER_MS, readAudio, utteranceIndex } from './audio.ts';
import type { Draws } from './draws.ts';
import { faultAt, type Scenario } from './scenario.ts';

/** A stretch of audio on the callee's ear, in the callee's time. */
interface Played {
  index: number;
  fromMs: number;
  startAt: number;
  endAt: number;
}

export interface LineWatcher {
  onMedia(index: number): void;
  onClearSent(): void;
  /** A clear has reached the carrier: what was heard of everything is final. */
  onClearLanded(): void;
  /** Audio begins that was heard before: so much of it, in milliseconds. */
  onRepeat(ms: number): void;
}

/** The carrier's end of the line: plays what arrives, echoes marks, honours `clear`. Counts in milliseconds, not in frames. */
export class FakeLine implements PhoneLine {
  readonly #clock: VirtualClock;
  readonly #draws: Draws;
  readonly #scenario: Scenario;
  readonly #watcher: LineWatcher;
  handlers: LineHandlers | null = null;
  closed = false;
  #uses = 0;
  #marks = 0;
  #lastArrival = 0;
  #lastReturn = 0;
  #playEnd = 0;
  #epoch = 0;
  #pending: Array<{ name: string; epoch: number }> = [];
  readonly #played: Played[] = [];

  constructor(clock: VirtualClock, draws: Draws, scenario: Scenario, watcher: LineWatcher) {
    this.#clock = clock;
    this.#draws = draws;
    this.#scenario = scenario;
    this.#watcher = watcher;
  }

  sendMedia(payload: string): void {
    const { index, fromBytes, bytes } = readAudio(payload);
    this.#watcher.onMedia(index);
    this.#arrive((at) => this.#play(at, index, fromBytes / BYTES_PER_MS, bytes / BYTES_PER_MS));
  }

  sendMark(name: string): void {
    this.#arrive(() => {
      const mark = { name, epoch: this.#epoch };
      this.#pending.push(mark);
      this.#clock.after(Math.max(0, this.#playEnd - this.#clock.nowMs()), () => {
        if (mark.epoch === this.#epoch) this.#echo(mark);
      });
    });
  }

  clear(): void {
    this.#watcher.onClearSent();
    this.#arrive((now) => {
      this.#fallSilent(now);
      this.#epoch += 1;
      for (const mark of [...this.#pending]) this.#echo(mark);
      this.#watcher.onClearLanded();
    });
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#return(() => this.handlers?.onStopped());
  }

  /** The carrier ends the stream. */
  stop(): void {
    if (!this.closed) this.#return(() => this.handlers?.onStopped());
    this.closed = true;
    this.#fallSilent(this.#clock.nowMs());
  }

  /** How far into an utterance the ear has got by now, in milliseconds. */
  heardMs(utt: number): number {
    return this.#heardOf(utteranceIndex(utt), this.#clock.nowMs());
  }

  #heardOf(index: number, now: number): number {
    let heard = 0;
    for (const stretch of this.#played) {
      if (stretch.index !== index || stretch.startAt >= now) continue;
      heard = Math.max(heard, stretch.fromMs + Math.min(stretch.endAt, now) - stretch.startAt);
    }
    return heard;
  }

  /** Is the persona sounding on the line right now? */
  get isSounding(): boolean {
    return this.#playEnd > this.#clock.nowMs();
  }

  get playEndsAt(): number {
    return this.#playEnd;
  }

  /** What was to be played after this is never heard. */
  #fallSilent(now: number): void {
    for (const stretch of this.#played) {
      if (stretch.endAt > now) stretch.endAt = Math.max(stretch.startAt, now);
    }
    this.#playEnd = now;
  }

  #play(now: number, index: number, fromMs: number, lengthMs: number): void {
    const again = this.#heardOf(index, now) - fromMs;
    if (again > 0) this.#watcher.onRepeat(again);
    const startAt = Math.max(now, this.#playEnd);
    const last = this.#played.at(-1);
    this.#playEnd = startAt + lengthMs;
    if (last !== undefined && last.index === index && last.endAt === startAt) last.endAt = this.#playEnd;
    else this.#played.push({ index, fromMs, startAt, endAt: this.#playEnd });
  }

  #echo(mark: { name: string; epoch: number }): void {
    this.#pending = this.#pending.filter((other) => other !== mark);
    const lost = faultAt(this.#scenario, 'mark', this.#marks) !== null;
    this.#marks += 1;
    if (!lost) this.#return(() => this.handlers?.onMark(mark.name));
  }

  /** To the carrier: delayed, and in order. The carrier goes on when our process stands still, so it is told its own time. */
  #arrive(task: (at: number) => void): void {
    const at = Math.max(this.#lastArrival, this.#clock.nowMs() + this.#delay('up'));
    this.#lastArrival = at;
    this.#clock.after(at - this.#clock.nowMs(), () => {
      if (!this.closed) task(at);
    });
  }

  /** Back from the carrier. */
  #return(task: () => void): void {
    const at = Math.max(this.#lastReturn, this.#clock.nowMs() + this.#delay('back'));
    this.#lastReturn = at;
    this.#clock.after(at - this.#clock.nowMs(), task);
  }

  #delay(way: string): number {
    const { lineDelayMs, jitterMs } = this.#scenario;
    return lineDelayMs + this.#draws.unit(way, this.#uses++) * jitterMs;
  }
}
