import {
  rollForward,
  rollingHash,
  type Utterance,
  type UtteranceLibrary,
  WINDOW,
  withOneSilence,
} from './library.ts';

/** A word whose audio really arrived. Times are those of the stream. */
export interface HeardWord {
  text: string;
  startMs: number;
  endMs: number;
}

const BYTES_PER_MS = 8;
/**
 * A word is heard as soon as this share of it, or this much of a long one, has arrived. In recorded sessions
 * "Yes.", 540 ms long, was reported 260 ms after it began.
 */
const HEARD_SHARE = 0.6;
const HEARD_BYTES = 240 * BYTES_PER_MS;
/** Alignments of one utterance further apart than this are two times that it was said. */
const SAME_OCCURRENCE_BYTES = 2_000 * BYTES_PER_MS;
/** A speaker who has been silent for longer than this in the middle of an utterance is not going on. */
const LONGEST_PAUSE_BYTES = 3_000 * BYTES_PER_MS;
/** A stream that lost frames has the same utterance at another offset after each gap; more than this is noise. */
const MAX_ALIGNMENTS = 12;
/** Words already reported are forgotten after this long, with the bytes they came from. */
const KEPT_BYTES = 30_000 * BYTES_PER_MS;

/** The same word this near is the same word; nobody says one twice in so short a time. */
const SAME_WORD_MS = 50;
const MOST_LATELY = 50;

/** One time that an utterance is being said on the stream. */
interface Occurrence {
  utterance: Utterance;
  /** Stream position minus utterance position, one for each stretch without a gap. */
  alignments: number[];
  /** For each byte of the utterance, whether it arrived. */
  arrived: Uint8Array;
  reported: boolean[];
  lastMatchAt: number;
}

/**
 * Recognises registered utterances in the bytes that arrive, so that what a server lost, garbled or doubled
 * on the way shows up as lost words. Knows nothing of sound: unknown speech is not recognised at all.
 */
export class Recogniser {
  readonly #utterances: UtteranceLibrary;
  #stream: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  /** Stream position of #stream[0]. */
  #base = 0;
  #scanned = 0;
  #hash = 0;
  #occurrences: Occurrence[] = [];
  #lately: HeardWord[] = [];

  constructor(utterances: UtteranceLibrary) {
    this.#utterances = utterances;
  }

  /** Milliseconds of audio taken so far. */
  get streamMs(): number {
    return (this.#base + this.#stream.length) / BYTES_PER_MS;
  }

  /** Takes more audio and returns the words that have now been heard, in the order in which they end. */
  push(bytes: Buffer): HeardWord[] {
    this.#stream = Buffer.concat([this.#stream, withOneSilence(bytes)]);
    this.#findOccurrences();
    for (const occurrence of this.#occurrences) this.#compare(occurrence, bytes.length);
    const words = this.#occurrences
      .flatMap((occurrence) => this.#heardWords(occurrence))
      .filter((word) => this.#isNew(word));
    this.#forgetOld();
    return words.sort((a, b) => a.endMs - b.endMs);
  }

  /** Two utterances that begin alike are both there until they part; a word of both was said once. */
  #isNew(word: HeardWord): boolean {
    const isHeard = this.#lately.some(
      ({ text, startMs }) => text === word.text && Math.abs(startMs - word.startMs) < SAME_WORD_MS,
    );
    if (!isHeard) this.#lately = [...this.#lately.slice(1 - MOST_LATELY), word];
    return !isHeard;
  }

  /**
   * True while an utterance is under way that has more words to come: the speaker is only pausing.
   * Only one of which a word was heard counts: voices repeat a few milliseconds of themselves by chance.
   */
  hasMoreToCome(): boolean {
    const now = this.#base + this.#stream.length;
    return this.#occurrences.some((o) => {
      const last = o.utterance.words.at(-1);
      const alignment = o.alignments.at(-1);
      return (
        o.reported.includes(true) &&
        last !== undefined &&
        alignment !== undefined &&
        alignment + last.endMs * BYTES_PER_MS > now &&
        now - o.lastMatchAt < LONGEST_PAUSE_BYTES
      );
    });
  }

  #findOccurrences(): void {
    const end = this.#stream.length - WINDOW;
    for (let at = this.#scanned; at <= end; at++) {
      this.#hash =
        at === 0
          ? rollingHash(this.#stream, 0, WINDOW)
          : rollForward(this.#hash, this.#stream[at + WINDOW - 1] ?? 0, this.#stream[at - 1] ?? 0);
      for (const { utterance, offset } of this.#utterances.find(this.#hash, this.#stream, at))
        this.#align(utterance, this.#base + at - offset, offset);
    }
    this.#scanned = Math.max(this.#scanned, end + 1);
  }

  #align(utterance: Utterance, alignment: number, offset: number): void {
    const known = this.#occurrences.find(
      (o) =>
        o.utterance === utterance &&
        o.alignments.some((a) => Math.abs(a - alignment) < SAME_OCCURRENCE_BYTES),
    );
    if (known === undefined) {
      const occurrence: Occurrence = {
        utterance,
        alignments: [alignment],
        arrived: new Uint8Array(utterance.audio.length),
        reported: utterance.words.map(() => false),
        lastMatchAt: alignment + offset,
      };
      this.#occurrences.push(occurrence);
      this.#compare(occurrence, this.#stream.length); // what came before the first telling window counts too
      return;
    }
    known.lastMatchAt = Math.max(known.lastMatchAt, alignment + offset + WINDOW);
    if (known.alignments.includes(alignment) || known.alignments.length >= MAX_ALIGNMENTS) return;
    known.alignments.push(alignment);
    this.#compareAt(known, alignment, this.#stream.length);
  }

  #compare(occurrence: Occurrence, newBytes: number): void {
    for (const alignment of occurrence.alignments) this.#compareAt(occurrence, alignment, newBytes);
  }

  /** Marks the utterance's bytes that arrived among the newest bytes, in runs: single equal bytes are chance. */
  #compareAt(occurrence: Occurrence, alignment: number, newBytes: number): void {
    const { audio } = occurrence.utterance;
    const from = Math.max(this.#base, this.#base + this.#stream.length - newBytes - WINDOW, alignment);
    const to = Math.min(this.#base + this.#stream.length, alignment + audio.length);
    let run = 0;
    for (let position = from; position < to; position++) {
      if (this.#stream[position - this.#base] !== audio[position - alignment]) {
        run = 0;
        continue;
      }
      run += 1;
      if (run === WINDOW)
        occurrence.arrived.fill(1, position - alignment - WINDOW + 1, position - alignment + 1);
      else if (run > WINDOW) occurrence.arrived[position - alignment] = 1;
    }
  }

  #heardWords(occurrence: Occurrence): HeardWord[] {
    const alignment = occurrence.alignments.at(-1) ?? 0;
    return occurrence.utterance.words.flatMap((word, i) => {
      if (occurrence.reported[i] === true) return [];
      const startByte = word.startMs * BYTES_PER_MS;
      const endByte = Math.min(word.endMs * BYTES_PER_MS, occurrence.arrived.length);
      let arrived = 0;
      for (let k = startByte; k < endByte; k++) arrived += occurrence.arrived[k] ?? 0;
      if (arrived === 0 || arrived < Math.min((endByte - startByte) * HEARD_SHARE, HEARD_BYTES)) return [];
      occurrence.reported[i] = true;
      return [
        {
          text: word.text,
          startMs: (alignment + startByte) / BYTES_PER_MS,
          endMs: (alignment + endByte) / BYTES_PER_MS,
        },
      ];
    });
  }

  #forgetOld(): void {
    const now = this.#base + this.#stream.length;
    this.#occurrences = this.#occurrences.filter((o) => now - o.lastMatchAt < KEPT_BYTES);
    const surplus = this.#stream.length - 2 * KEPT_BYTES;
    if (surplus <= 0) return;
    const cut = surplus + KEPT_BYTES;
    this.#stream = Buffer.from(this.#stream.subarray(cut));
    this.#base += cut;
    this.#scanned = Math.max(1, this.#scanned - cut);
  }
}
