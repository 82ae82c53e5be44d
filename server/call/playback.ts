import type { Clock } from '../clock.ts';
import type { Fact, Position, UtteranceId } from './conversation/types.ts';
import type { PhoneLine } from './ports.ts';

/** mu-law at 8 kHz: eight bytes a millisecond. */
const BYTES_PER_MS = 8;
/** A mark about every 200 ms is enough to anchor the clock (every 500 ms loses 0.0 to 0.4 % of exactness). */
const MARK_EVERY_BYTES = 200 * BYTES_PER_MS;
/** 1,599 bytes: the largest multiple of three below 200 ms, so that base64 can be cut without decoding it. */
const PIECE_BASE64_CHARS = 2_132;
/** An echo this much later than the ones before tells of a slow process here, not of the line. */
const MAX_ECHO_LATENESS_MS = 150;
/** Assumed way there and back until the first echo has been measured. */
const DEFAULT_ROUND_TRIP_MS = 100;
/** So many echoes make up the mean delay of a stretch, and of the line. Jitter of single echoes cancels out. */
const STRETCH_ECHOES = 12;
const LINE_ECHOES = 40;
/** Audio that was heard is kept this much longer, so that a word can be said again from its beginning. */
const KEPT_BEHIND_EAR_MS = 2_000;

interface PendingMark {
  bytes: number;
  drains: UtteranceId | null;
}

/** Audio as it came from text-to-speech, until it has been heard for certain. */
interface KeptAudio {
  utt: UtteranceId;
  payload: string;
  bytes: number;
  /** Where it begins in the utterance's audio. */
  at: number;
}

/** Audio that plays without a gap, since its first byte was sent into a dry buffer. */
interface Stretch {
  fromBytes: number;
  sentAt: number;
  /** Mean time by which echoes come later than if there were no way to go: the first byte's way there, and the way back. */
  delay: RunningMean;
}

/** A stretch of one utterance in the bytes sent in this epoch. */
interface Segment {
  utt: UtteranceId;
  from: number;
  to: number;
  /** Where the stretch begins in the utterance's audio. */
  at: number;
}

/**
 * What has been sent to the line and what of it has been heard. Audio goes out as it comes; the carrier
 * buffers it. The position of the ear is a clock that starts with the first byte into a dry buffer and is
 * put right by the echo of every mark. A cleared line is held: what was not heard is kept until it is
 * forgotten or sent again.
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
  #segments: Segment[] = [];
  #stretch: Stretch | null = null;
  /** The way there and back, over the whole call. */
  readonly #roundTrip = new RunningMean(LINE_ECHOES, DEFAULT_ROUND_TRIP_MS);
  #kept: KeptAudio[] = [];
  /** Where the ear was when the line was cleared; null while audio goes out. */
  #held: Position | null = null;
  /** Utterances whose audio is complete and whose end has not been heard. */
  #finished = new Set<UtteranceId>();
  /** Utterances up to here were forgotten: what still arrives of them is dropped. */
  #forgottenUpTo: UtteranceId = 0;
  #startedUpTo: UtteranceId = 0;
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

  /** Audio from text-to-speech, sent on at once. Dropped when its utterance was forgotten or is not the newest. */
  accept(utt: UtteranceId, payload: string, byteCount: number): void {
    if (utt <= this.#forgottenUpTo || utt !== this.#newest || byteCount === 0) return;
    const audio: KeptAudio = { utt, payload, bytes: byteCount, at: this.#newestBytes };
    this.#newestBytes += byteCount;
    this.#kept.push(audio);
    if (this.#held === null) this.#transmit(audio);
  }

  /** All audio of the utterance has been sent: report when its last byte was heard. */
  finish(utt: UtteranceId): void {
    if (utt <= this.#forgottenUpTo) return;
    this.#finished.add(utt);
    if (this.#held === null) this.#sendMark(utt);
  }

  /** Silences the line now. What it had not played is kept, and what still arrives is kept too. */
  clear(): void {
    this.#held = this.ear() ?? { utt: this.#newest, ms: 0 };
    this.#line.clear();
    this.#epoch += 1;
    this.#sentBytes = 0;
    this.#bytesSinceMark = 0;
    this.#marks.clear();
    this.#segments = [];
    this.#stretch = null;
  }

  /** Drops what a cleared line had not played. */
  forget(): void {
    this.#held = null;
    this.#kept = [];
    this.#finished.clear();
    this.#forgottenUpTo = this.#newest;
  }

  /** Sends a cleared line what it had not played, from a position on. */
  resume(utt: UtteranceId, fromMs: number): void {
    this.#held = null;
    this.#dropKeptBefore({ utt, ms: fromMs });
    const kept = this.#kept;
    for (const [i, audio] of kept.entries()) {
      const skip = audio.utt === utt ? Math.max(0, fromMs * BYTES_PER_MS - audio.at) : 0;
      this.#transmit(skip === 0 ? audio : withoutBeginning(audio, skip));
      if (kept[i + 1]?.utt !== audio.utt && this.#finished.has(audio.utt)) this.#sendMark(audio.utt);
    }
    if (kept[0]?.utt !== utt && this.#finished.has(utt)) this.#sendMark(utt); // nothing of it was left
  }

  /** The line echoes a mark: everything before it was played, unless a `clear` flushed it. */
  onMark(name: string): void {
    const mark = this.#marks.get(name);
    if (mark === undefined) return;
    this.#marks.delete(name);
    this.#learnFromEcho(mark);
    const heard = this.#positionOf(mark.bytes);
    if (heard !== null) this.#dropKeptBefore({ ...heard, ms: heard.ms - KEPT_BEHIND_EAR_MS });
    if (mark.drains === null) return;
    this.#finished.delete(mark.drains);
    this.#notify({ type: 'play.drained', utt: mark.drains });
  }

  /** What will have been heard when a `clear` sent now takes effect; null when nothing was sent. */
  ear(): Position | null {
    return this.#held ?? this.#positionOf(this.#heardBytes());
  }

  /** Audio received for the newest utterance. */
  got(): Position | null {
    if (this.#newest === 0 || this.#newest <= this.#forgottenUpTo) return null;
    return { utt: this.#newest, ms: Math.floor(this.#newestBytes / BYTES_PER_MS) };
  }

  /** Is the persona to be heard right now, as far as is known? */
  get isSounding(): boolean {
    return this.#stretch !== null && this.#heardBytes() < this.#sentBytes;
  }

  /** Bytes of audio that are kept because they may have to be sent again. */
  get keptBytes(): number {
    return this.#kept.reduce((sum, audio) => sum + audio.bytes, 0);
  }

  #transmit(audio: KeptAudio): void {
    const { utt, bytes, at } = audio;
    const segment = this.#segments.at(-1);
    if (segment?.utt === utt) segment.to += bytes;
    else this.#segments.push({ utt, from: this.#sentBytes, to: this.#sentBytes + bytes, at });
    this.#send(audio.payload, bytes);
    if (utt <= this.#startedUpTo) return;
    this.#startedUpTo = utt;
    this.#notify({ type: 'play.started', utt });
  }

  #dropKeptBefore(position: Position): void {
    const bytes = position.ms * BYTES_PER_MS;
    const first = this.#kept.findIndex(
      (audio) => audio.utt > position.utt || (audio.utt === position.utt && audio.at + audio.bytes > bytes),
    );
    if (first === -1) this.#kept = [];
    else if (first > 0) this.#kept.splice(0, first);
  }

  #positionOf(bytes: number): Position | null {
    const segment = this.#segments.findLast((s) => s.from < bytes) ?? this.#segments[0];
    if (segment === undefined) return null;
    const inside = Math.min(Math.max(0, bytes - segment.from), segment.to - segment.from);
    return { utt: segment.utt, ms: Math.floor((segment.at + inside) / BYTES_PER_MS) };
  }

  #send(payload: string, byteCount: number): void {
    if (this.#stretch === null || this.#heardBytes() >= this.#sentBytes) {
      const delay = new RunningMean(STRETCH_ECHOES, this.#roundTrip.value);
      this.#stretch = { fromBytes: this.#sentBytes, sentAt: this.#clock.nowMs(), delay };
    }
    for (let from = 0; from < payload.length; from += PIECE_BASE64_CHARS) {
      const last = from + PIECE_BASE64_CHARS >= payload.length;
      const bytes = last ? byteCount - (from / 4) * 3 : (PIECE_BASE64_CHARS / 4) * 3;
      this.#line.sendMedia(from === 0 && last ? payload : payload.slice(from, from + PIECE_BASE64_CHARS));
      this.#sentBytes += bytes;
      this.#bytesSinceMark += bytes;
      if (this.#bytesSinceMark >= MARK_EVERY_BYTES - 3) this.#sendMark(null);
    }
  }

  #sendMark(drains: UtteranceId | null): void {
    this.#bytesSinceMark = 0;
    this.#markCount += 1;
    const name = `${this.#epoch}:${this.#markCount}`;
    this.#marks.set(name, { bytes: this.#sentBytes, drains });
    this.#line.sendMark(name);
  }

  #learnFromEcho(mark: PendingMark): void {
    const stretch = this.#stretch;
    // Audio before the stretch says nothing about what comes after: between them the line has run dry.
    if (stretch === null || mark.bytes <= stretch.fromBytes) return;
    const dueAt = stretch.sentAt + (mark.bytes - stretch.fromBytes) / BYTES_PER_MS;
    const delayMs = this.#clock.nowMs() - dueAt;
    if (stretch.delay.count > 0 && delayMs > stretch.delay.value + MAX_ECHO_LATENESS_MS) return;
    stretch.delay.add(delayMs);
    this.#roundTrip.add(delayMs);
  }

  /**
   * What will have been played when something sent now arrives. The mean delay of this stretch holds the way of its
   * own first byte, the mean of the line that of any byte; the way back is in both, and need not be known.
   */
  #heardBytes(): number {
    const stretch = this.#stretch;
    if (stretch === null) return 0;
    const sinceMs = this.#clock.nowMs() - stretch.sentAt - stretch.delay.value + this.#roundTrip.value;
    return Math.min(Math.max(0, stretch.fromBytes + sinceMs * BYTES_PER_MS), this.#sentBytes);
  }
}

/** The mean of the last values, roughly: each new one weighs one part in `memory`, or more while there are few. */
class RunningMean {
  readonly #memory: number;
  value: number;
  count = 0;

  constructor(memory: number, first: number) {
    this.#memory = memory;
    this.value = first;
  }

  add(sample: number): void {
    this.count += 1;
    this.value += (sample - this.value) / Math.min(this.count, this.#memory);
  }
}

function withoutBeginning(audio: KeptAudio, skip: number): KeptAudio {
  const rest = Buffer.from(audio.payload, 'base64').subarray(skip);
  return { utt: audio.utt, payload: rest.toString('base64'), bytes: rest.length, at: audio.at + skip };
}
