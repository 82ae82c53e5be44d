import type { SpeechToText, SttCall, SttHandlers, SttStream } from '../call/ports.ts';
import type { CancelTimer, Clock } from '../clock.ts';
import type { UsageSink } from '../cost/usage.ts';
import type { Logger } from '../log.ts';
import type { SttConnection, SttVendor, TurnEvent } from './connection.ts';
import {
  ASSUMED_LAG_FRAMES,
  FAILURES_TO_TAKE_OVER,
  FRAME_MS,
  KEPT_SILENT_FRAMES,
  MAX_KEPT_FRAMES,
  PROVEN_AFTER_MS,
  RETRY_DELAYS_MS,
} from './tunables.ts';

export interface HearingParts {
  /** In order of preference; each takes over from the one before when that keeps failing. */
  vendors: readonly [SttVendor, ...SttVendor[]];
  clock: Clock;
  log: Logger;
}

/** Hears a call through: one stream of turns for the call, over as many connections and vendors as it takes. */
export function resilientSpeechToText(parts: HearingParts): SpeechToText {
  return { open: (call, handlers, usage) => new HearingStream(parts, call, handlers, usage) };
}

class HearingStream implements SttStream {
  readonly #parts: HearingParts;
  readonly #call: SttCall;
  readonly #handlers: SttHandlers;
  readonly #usage: UsageSink;
  #vendorIndex = 0;
  #connection: SttConnection | null = null;
  /** Counts connections: what an earlier one still says is not heard. */
  #generation = 0;
  #openedAt: number | null = null;
  #failures = 0;
  #down = false;
  #closed = false;
  #cancelRetry: CancelTimer = () => undefined;
  #cancelWatchdog: CancelTimer = () => undefined;
  #aliveAt = 0;
  /** Frames since the last end of turn: a new connection hears them again, so that no word is lost. */
  #frames: Buffer[] = [];
  /** How many of them the present connection has been sent. */
  #sent = 0;
  /** Frames that the present connection was sent in all; it bills them. */
  #billed = 0;
  /** Turn numbers of a connection start at 0; these make them grow across connections. */
  #turnOffset = 0;
  #nextTurn = 0;
  #lastText = '';

  constructor(parts: HearingParts, call: SttCall, handlers: SttHandlers, usage: UsageSink) {
    this.#parts = parts;
    this.#call = call;
    this.#handlers = handlers;
    this.#usage = usage;
    this.#connect();
  }

  send(frame: Buffer): void {
    if (this.#closed) return;
    this.#frames.push(frame);
    this.#sendWaiting();
    this.#forgetOld();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reportUsage();
    this.#letGo();
  }

  get #vendor(): SttVendor {
    return this.#parts.vendors[this.#vendorIndex] ?? this.#parts.vendors[0];
  }

  #connect(): void {
    const generation = ++this.#generation;
    const current = () => generation === this.#generation && !this.#closed;
    this.#billed = 0;
    this.#openedAt = null;
    this.#connection = this.#vendor.connect(this.#call, {
      onOpen: () => current() && this.#onOpen(),
      onAlive: () => {
        if (current()) this.#aliveAt = this.#parts.clock.nowMs();
      },
      onTurn: (event) => current() && this.#onTurn(event),
      onLost: (problem) => current() && this.#onLost(problem),
    });
  }

  #onOpen(): void {
    this.#openedAt = this.#parts.clock.nowMs();
    this.#aliveAt = this.#openedAt;
    this.#sent = 0;
    this.#turnOffset = this.#nextTurn;
    if (this.#down) this.#handlers.onUp();
    this.#down = false;
    this.#watch();
    this.#sendWaiting();
  }

  #sendWaiting(): void {
    if (this.#connection === null || this.#openedAt === null) return;
    for (; this.#sent < this.#frames.length; this.#sent += 1) {
      const frame = this.#frames[this.#sent];
      if (frame !== undefined) this.#connection.send(frame);
      this.#billed += 1;
    }
  }

  /** What was heard and is not speech need not be heard again. */
  #forgetOld(): void {
    const silent = this.#lastText === '' ? Math.min(this.#sent, this.#frames.length - KEPT_SILENT_FRAMES) : 0;
    const surplus = Math.max(silent, this.#frames.length - MAX_KEPT_FRAMES);
    // Now and then a slice, rather than a shift for every frame.
    if (surplus < KEPT_SILENT_FRAMES && this.#frames.length <= MAX_KEPT_FRAMES) return;
    this.#drop(surplus);
  }

  #drop(count: number): void {
    this.#frames = this.#frames.slice(count);
    this.#sent = Math.max(0, this.#sent - count);
  }

  #onTurn(event: TurnEvent): void {
    const turn = this.#turnOffset + event.turn;
    this.#nextTurn = Math.max(this.#nextTurn, turn);
    const changed = event.text !== this.#lastText;
    if (event.text !== '') this.#lastText = event.text; // Ink tells no text when a turn goes on
    switch (event.kind) {
      case 'text':
        if (changed && event.text !== '') this.#handlers.onPartial(turn, event.text);
        return;
      case 'eager-end':
        return this.#handlers.onEagerEnd(turn, event.text);
      case 'resumed':
        return this.#handlers.onResumed(turn);
      case 'end':
        return this.#onEnd(turn, event);
      default:
        event.kind satisfies never;
    }
  }

  #onEnd(turn: number, event: TurnEvent): void {
    this.#nextTurn = turn + 1;
    this.#lastText = '';
    const heardFrames =
      event.heardMs === null ? this.#billed - ASSUMED_LAG_FRAMES : Math.floor(event.heardMs / FRAME_MS);
    // What was sent since belongs to the next turn, which a new connection would have to hear from its beginning.
    const unheard = Math.max(0, this.#billed - heardFrames);
    this.#drop(Math.max(0, this.#sent - unheard));
    this.#reportUsage();
    this.#handlers.onEndOfTurn(turn, event.text);
  }

  #onLost(problem: string): void {
    const { clock, log, vendors } = this.#parts;
    const proven = this.#openedAt !== null && clock.nowMs() - this.#openedAt >= PROVEN_AFTER_MS;
    this.#failures = proven ? 1 : this.#failures + 1;
    this.#reportUsage();
    const failed = this.#vendor.name;
    this.#letGo();
    if (!this.#down) this.#handlers.onDown();
    this.#down = true;
    const takeOver = vendors.length > 1 && this.#failures % FAILURES_TO_TAKE_OVER === 0;
    if (takeOver) this.#vendorIndex = (this.#vendorIndex + 1) % vendors.length;
    log.warn(
      {
        callId: this.#call.callId,
        vendor: failed,
        next: this.#vendor.name,
        problem,
        failures: this.#failures,
      },
      'speech-to-text connection lost',
    );
    const delayMs = takeOver
      ? 0
      : (RETRY_DELAYS_MS[Math.min(this.#failures, RETRY_DELAYS_MS.length) - 1] ?? 0);
    this.#cancelRetry = clock.after(delayMs, () => this.#connect());
  }

  /** Takes a vendor that no longer says anything for what it is. */
  #watch(): void {
    const { silentAtMostMs } = this.#vendor;
    if (silentAtMostMs === null) return;
    const { clock } = this.#parts;
    const billedBefore = this.#billed;
    this.#cancelWatchdog = clock.after(silentAtMostMs, () => {
      const silentMs = clock.nowMs() - this.#aliveAt;
      // A vendor that is sent nothing has nothing to say.
      if (silentMs >= silentAtMostMs && this.#billed > billedBefore) this.#onLost('it fell silent');
      else this.#watch();
    });
  }

  #letGo(): void {
    this.#generation += 1;
    this.#openedAt = null;
    this.#cancelRetry();
    this.#cancelWatchdog();
    this.#connection?.close();
    this.#connection = null;
  }

  /** Audio is billed by its length, silence included; every report of a connection replaces the one before. */
  #reportUsage(): void {
    if (this.#billed === 0 || this.#connection === null) return;
    this.#usage({
      vendor: this.#vendor.name,
      sku: 'stt.ms',
      units: this.#billed * FRAME_MS,
      reference: this.#connection.reference ?? `${this.#call.callId}-${this.#generation}`,
      outcome: 'complete',
    });
  }
}
