import type { Word } from '../../server/call/conversation/types.ts';
import type { TextToSpeech, TtsHandlers, TtsStream } from '../../server/call/ports.ts';
import type { UsageSink } from '../../server/cost/usage.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import { audioOf, BYTES_PER_MS, wholeBytes } from './audio.ts';
import type { Draws } from './draws.ts';
import { faultAt, type Scenario } from './scenario.ts';

const FIRST_AUDIO_MS = 90;
const CHUNK_MS = 150;
const SPEED = 6;
/** Cartesia speaks about 15 characters a second, spaces included. */
const MS_PER_CHARACTER = 66;

/** Speech as lengths and word times. Remembers the true words of every utterance. */
export class FakeVoice implements TextToSpeech {
  readonly #clock: VirtualClock;
  readonly #draws: Draws;
  readonly #scenario: Scenario;
  /** What every utterance really says, and when. */
  readonly words = new Map<number, Word[]>();
  /** The text that every utterance was given. */
  readonly texts = new Map<number, string>();
  #uses = 0;
  open_ = 0;

  constructor(clock: VirtualClock, draws: Draws, scenario: Scenario) {
    this.#clock = clock;
    this.#draws = draws;
    this.#scenario = scenario;
  }

  /** Text-to-speech was to fail at some time in this call. */
  get isFaulty(): boolean {
    return this.#scenario.faults.some((fault) => fault.part === 'voice' && fault.kind !== 'ignores-cancel');
  }

  open(_call: unknown, handlers: TtsHandlers, usage: UsageSink): TtsStream {
    const contexts = new Map<number, Context>();
    let closed = false;
    this.open_ += 1;
    return {
      say: (utt, text, last) => {
        const context = contexts.get(utt) ?? this.#newContext(utt, handlers, () => closed);
        contexts.set(utt, context);
        this.texts.set(utt, (this.texts.get(utt) ?? '') + text);
        context.characters += text.length;
        usage({
          vendor: 'cartesia',
          sku: 'tts.characters',
          units: context.characters,
          reference: `utt-${utt}`,
          outcome: 'complete',
        });
        this.#speak(utt, context, text, last, handlers);
      },
      cancel: (utt) => {
        const context = contexts.get(utt);
        if (context !== undefined) context.cancelled = true;
      },
      close: () => {
        if (!closed) this.open_ -= 1;
        closed = true;
      },
    };
  }

  #newContext(utt: number, handlers: TtsHandlers, isClosed: () => boolean): Context {
    const fault = faultAt(this.#scenario, 'voice', this.#uses);
    this.#uses += 1;
    this.words.set(utt, []);
    const context: Context = {
      fault,
      isClosed,
      characters: 0,
      sentBytes: 0,
      spokenMs: 0,
      readyAt: this.#clock.nowMs() + FIRST_AUDIO_MS * (0.7 + 0.6 * this.#draws.unit('audio', utt)),
      cancelled: false,
      over: false,
    };
    if (fault === 'refuse') this.#later(context, 20, () => this.#fail(utt, context, handlers));
    return context;
  }

  #speak(utt: number, context: Context, text: string, last: boolean, handlers: TtsHandlers): void {
    if (context.fault === 'refuse' || context.fault === 'stall') return;
    const words = spokenWords(text, context.spokenMs);
    const lengthMs = words.at(-1) === undefined ? 0 : (words.at(-1)?.endMs ?? 0) - context.spokenMs;
    const totalBytes = wholeBytes(lengthMs);
    context.spokenMs += lengthMs;
    this.words.get(utt)?.push(...words);
    const speed = context.fault === 'slow-speech' ? 0.8 : SPEED;
    const start = Math.max(this.#clock.nowMs(), context.readyAt);
    if (lengthMs > 0) {
      this.#at(context, start, () => handlers.onWords(utt, words));
      const chunkBytes = wholeBytes(CHUNK_MS);
      const from = context.sentBytes;
      context.sentBytes += totalBytes;
      for (let at = 0; at < totalBytes; at += chunkBytes) {
        const bytes = Math.min(chunkBytes, totalBytes - at);
        const due = start + at / BYTES_PER_MS / speed;
        this.#at(context, due, () => {
          if (context.fault === 'mid' && from + at > 900 * BYTES_PER_MS) this.#fail(utt, context, handlers);
          else handlers.onAudio(utt, audioOf(utt, from + at, from + at + bytes), bytes);
        });
      }
      context.readyAt = start + lengthMs / speed;
    }
    if (last)
      this.#at(context, Math.max(start, context.readyAt) + 5, () => this.#finish(utt, context, handlers));
  }

  #finish(utt: number, context: Context, handlers: TtsHandlers): void {
    handlers.onDone(utt);
    if (context.fault === 'doubled-done') this.#later(context, 40, () => handlers.onDone(utt));
    if (context.fault === 'late-words')
      this.#later(context, 60, () => handlers.onWords(utt, [{ text: 'late', startMs: 0, endMs: 50 }]));
  }

  #fail(utt: number, context: Context, handlers: TtsHandlers): void {
    if (context.over) return;
    context.over = true;
    handlers.onFailed(utt, 'it broke off');
  }

  #at(context: Context, time: number, task: () => void): void {
    this.#later(context, time - this.#clock.nowMs(), task);
  }

  /** Whatever is cancelled is silent from then on, as the adapter makes sure. */
  #later(context: Context, delayMs: number, task: () => void): void {
    this.#clock.after(Math.max(0, delayMs), () => {
      // A vendor that was told to stop may still deliver what was on its way.
      const silent = context.cancelled && context.fault !== 'ignores-cancel';
      if (!silent && !context.over && !context.isClosed()) task();
    });
  }
}

interface Context {
  fault: string | null;
  isClosed(): boolean;
  characters: number;
  sentBytes: number;
  spokenMs: number;
  readyAt: number;
  cancelled: boolean;
  over: boolean;
}

/** The words as they are spoken: a price takes two. */
export function spokenWords(text: string, fromMs: number): Word[] {
  let at = fromMs;
  return text
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word))
    .flatMap((word) => (word.startsWith('$') ? ['four', 'dollars'] : [word]))
    .map((word) => {
      const startMs = at;
      at += Math.round(((word.length + 1) * MS_PER_CHARACTER) / 3) * 3;
      return { text: word, startMs, endMs: at };
    });
}
