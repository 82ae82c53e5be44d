import type { Clock } from '../clock.ts';
import type { Fact, Position, UtteranceId } from './conversation/types.ts';
import type { PhoneLine } from './ports.ts';

/** mu-law at 8 kHz: eight bytes a millisecond. */
const BYTES_PER_MS = 8;
/** A mark about every 200 ms is enough to anchor the clock (every 500 ms loses 0.0 to 0.4 % of exactness). */
const MARK_EVERY_BYTES = 200 * BYTES_PER_MS;
/** 1,599 bytes: the largest multiple of three below 200 ms, so that base64 can be cut without decoding it. */
const PIECE_BASE64_CHARS = 2_132;
/** An echo this much later than predicted tells of a slow process here, not of the line. */
const MAX_ECHO_LATENESS_MS = 150;
/** Assumed way there and back until the first echo has been measured. */
const DEFAULT_ROUND_TRIP_MS = 100;

interface PendingMark {
  bytes: number;
  /** When it would be played if the way to the carrier took no time. */
  dueAt: number;
  drains: UtteranceId | null;
}

/**
 * What has been sent to the line and what of it has been heard. Audio goes out as it comes; the carrier
 * buffers it. The position of the ear is a clock that starts with the first byte into a dry buffer and is
 * put right by the echo of every mark.
 */
export class Playback {
  readonly #line: Pick<PhoneLine, 'sendMedia' | 'sendMark' | 'clear'>;
  readonly #clock: Clock;
  readonly #notify: (fact: Extract<Fact, { type: 'play.started' | 'play.drained' }>) => void;

  /** Marks of an earlier epoch come back when the line is cleared; they say nothing about what was heard. */
  #epoch = 0;
  #sentBytes = 0;
  #bytesSinceMark = 0;
  #markCount = 0;
  #marks = new Map<string, PendingMark>();
  /** Where each utterance's audio lies in the bytes of this epoch. */
  #segments: Array<{ utt: UtteranceId; from: number; to: number }> = [];
  #anchor: { bytes: number; at: number } | null = null;
  #playEndsAt = 0;
  #roundTripMs: number | null = null;
  /** Utterances up to here were cleared: what still arrives of them is dropped. */
  #clearedUpTo: UtteranceId = 0;
  #newest: UtteranceId = 0;
  #newestBytes = 0;

  constructor(
    line: Pick<PhoneLine, 'sendMedia' | 'sendMark' | 'clear'>,
    clock: Clock,
    notify: (fact: Extract<Fact, { type: 'play.started' | 'play.drained' }>) => void,
  ) {
    this.#line = line;
    this.#clock = clock;
    this.#notify = notify;
  }

  /** Text of this utterance has been handed to text-to-speech: its audio may arrive from now on. */
  expect(utt: UtteranceId): void {
    if (utt <= this.#newest) return;
    this.#newest = utt;
    this.#newestBytes = 0;
  }

  /** Audio from text-to-speech, sent on at once. Dropped when its utterance has been cleared or is not the newest. */
  accept(utt: UtteranceId, payload: string, byteCount: number): void {
    if (utt <= this.#clearedUpTo || utt !== this.#newest || byteCount === 0) return;
    const first = this.#newestBytes === 0;
    this.#newestBytes += byteCount;
    const segment = this.#segments.at(-1);
    if (segment?.utt === utt) segment.to += byteCount;
    else this.#segments.push({ utt, from: this.#sentBytes, to: this.#sentBytes + byteCount });
    this.#send(payload, byteCount);
    if (first) this.#notify({ type: 'play.started', utt });
  }

  /** All audio of the utterance has been sent: report when its last byte was heard. */
  finish(utt: UtteranceId): void {
    if (utt <= this.#clearedUpTo) return;
    this.#sendMark(utt);
  }

  /** Silences the line now and forgets what it had not played. */
  clear(): void {
    this.#line.clear();
    this.#epoch += 1;
    this.#clearedUpTo = this.#newest;
    this.#sentBytes = 0;
    this.#bytesSinceMark = 0;
    this.#marks.clear();
    this.#segments = [];
    this.#anchor = null;
    this.#playEndsAt = 0;
  }

  /** The line echoes a mark: everything before it was played, unless a `clear` flushed it. */
  onMark(name: string): void {
    const mark = this.#marks.get(name);
    if (mark === undefined) return;
    this.#marks.delete(name);
    this.#learnFromEcho(mark);
    if (mark.drains !== null) this.#notify({ type: 'play.drained', utt: mark.drains });
  }

  /** What will have been heard when a `clear` sent now takes effect; null when nothing was sent. */
  ear(): Position | null {
    const bytes = this.#heardBytes(this.#clock.nowMs() + this.#uplinkMs());
    const segment = this.#segments.findLast((s) => s.from < bytes) ?? this.#segments[0];
    if (segment === undefined) return null;
    const inside = Math.min(Math.max(0, bytes - segment.from), segment.to - segment.from);
    return { utt: segment.utt, ms: Math.floor(inside / BYTES_PER_MS) };
  }

  /** Audio received for the newest utterance. */
  got(): Position | null {
    if (this.#newest === 0 || this.#newest <= this.#clearedUpTo) return null;
    return { utt: this.#newest, ms: Math.floor(this.#newestBytes / BYTES_PER_MS) };
  }

  #send(payload: string, byteCount: number): void {
    const now = this.#clock.nowMs();
    if (this.#anchor === null || this.#heardBytes(now + this.#uplinkMs()) >= this.#sentBytes) {
      this.#anchor = { bytes: this.#sentBytes, at: now + this.#uplinkMs() };
    }
    this.#playEndsAt = Math.max(this.#playEndsAt, now);
    for (let from = 0; from < payload.length; from += PIECE_BASE64_CHARS) {
      const last = from + PIECE_BASE64_CHARS >= payload.length;
      const bytes = last ? byteCount - (from / 4) * 3 : (PIECE_BASE64_CHARS / 4) * 3;
      this.#line.sendMedia(from === 0 && last ? payload : payload.slice(from, from + PIECE_BASE64_CHARS));
      this.#sentBytes += bytes;
      this.#bytesSinceMark += bytes;
      this.#playEndsAt += bytes / BYTES_PER_MS;
      if (this.#bytesSinceMark >= MARK_EVERY_BYTES - 3) this.#sendMark(null);
    }
  }

  #sendMark(drains: UtteranceId | null): void {
    this.#bytesSinceMark = 0;
    this.#markCount += 1;
    const name = `${this.#epoch}:${this.#markCount}`;
    this.#marks.set(name, { bytes: this.#sentBytes, dueAt: this.#playEndsAt, drains });
    this.#line.sendMark(name);
  }

  #learnFromEcho(mark: PendingMark): void {
    const now = this.#clock.nowMs();
    const delay = now - mark.dueAt;
    if (delay >= 0) this.#roundTripMs = Math.min(this.#roundTripMs ?? delay, delay);
    // Audio before the anchor says nothing about what comes after it: between them the line may have run dry.
    if (this.#anchor === null || mark.bytes <= this.#anchor.bytes) return;
    const playedAt = now - this.#uplinkMs(); // the way back is taken to be as long as the way there
    const predictedAt = this.#anchor.at + (mark.bytes - this.#anchor.bytes) / BYTES_PER_MS;
    if (playedAt - predictedAt <= MAX_ECHO_LATENESS_MS) this.#anchor = { bytes: mark.bytes, at: playedAt };
  }

  #heardBytes(at: number): number {
    if (this.#anchor === null) return 0;
    const bytes = this.#anchor.bytes + (at - this.#anchor.at) * BYTES_PER_MS;
    return Math.min(Math.max(0, bytes), this.#sentBytes);
  }

  #uplinkMs(): number {
    return (this.#roundTripMs ?? DEFAULT_ROUND_TRIP_MS) / 2;
  }
}
