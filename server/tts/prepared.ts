import type { Word } from '../call/conversation/types.ts';
import type { TextToSpeech, TtsHandlers, TtsStream } from '../call/ports.ts';
import type { UsageSink } from '../cost/usage.ts';

/** A line spoken beforehand: audio as it came, with its word times. */
export interface Clip {
  chunks: ReadonlyArray<{ payload: string; byteCount: number }>;
  words: readonly Word[];
}

/** 600 clips of 5 s are 32 MB; the least recently used go first. */
const MAX_CLIPS = 600;

/** Lines spoken beforehand, by voice and text. Shared by all calls. */
export class Clips {
  readonly #clips = new Map<string, Clip>();
  /** Lines that somebody is having spoken right now. */
  readonly #claimed = new Set<string>();

  get(voice: string, text: string): Clip | undefined {
    const key = keyOf(voice, text);
    const clip = this.#clips.get(key);
    if (clip === undefined) return undefined;
    this.#clips.delete(key);
    this.#clips.set(key, clip); // most recently used
    return clip;
  }

  /** Takes it upon the asker to have a line spoken; false when it is there, or somebody else is at it. */
  claim(voice: string, text: string): boolean {
    const key = keyOf(voice, text);
    if (this.#clips.has(key) || this.#claimed.has(key)) return false;
    this.#claimed.add(key);
    return true;
  }

  /** Ends a claim, whether or not the line was had. */
  release(voice: string, text: string): void {
    this.#claimed.delete(keyOf(voice, text));
  }

  put(voice: string, text: string, clip: Clip): void {
    this.#clips.set(keyOf(voice, text), clip);
    if (this.#clips.size <= MAX_CLIPS) return;
    const [oldest] = this.#clips.keys();
    if (oldest !== undefined) this.#clips.delete(oldest);
  }
}

function keyOf(voice: string, text: string): string {
  return `${voice}\n${text.trim()}`;
}

/** Text-to-speech that has some lines ready: those are heard at once, cost nothing again, and work when the vendor does not. */
export function withClips(tts: TextToSpeech, clips: Clips): TextToSpeech {
  return {
    open(call, handlers, usage) {
      const stream = tts.open(call, handlers, usage);
      const begun = new Set<number>();
      return {
        say(utt, text, last, attempt) {
          const clip = last && !begun.has(utt) ? clips.get(call.voice, text) : undefined;
          if (clip !== undefined) return deliver(utt, clip, handlers);
          begun.add(utt);
          if (last) begun.delete(utt);
          stream.say(utt, text, last, attempt);
        },
        cancel: (utt) => {
          begun.delete(utt);
          stream.cancel(utt);
        },
        close: () => stream.close(),
      };
    },
  };
}

function deliver(utt: number, clip: Clip, handlers: TtsHandlers): void {
  handlers.onWords(utt, [...clip.words]);
  for (const { payload, byteCount } of clip.chunks) handlers.onAudio(utt, payload, byteCount);
  handlers.onDone(utt);
}

/**
 * Speaks lines beforehand, one after the other, and keeps them. Lines that another call is having spoken are left to it.
 * @returns how many could not be had; a call goes on without them.
 */
export function prepareClips(
  tts: TextToSpeech,
  clips: Clips,
  call: { callId: string; voice: string },
  texts: readonly string[],
  usage: UsageSink,
): { done: Promise<number>; stop(): void } {
  const missing = texts.filter((text) => text.trim() !== '' && clips.claim(call.voice, text));
  if (missing.length === 0) return { done: Promise.resolve(0), stop: () => undefined };
  const preparation = new Preparation(tts, clips, call, missing, usage);
  return { done: preparation.done, stop: () => preparation.finish() };
}

class Preparation {
  readonly done: Promise<number>;
  readonly #clips: Clips;
  readonly #voice: string;
  readonly #texts: readonly string[];
  readonly #stream: TtsStream;
  #current = 0;
  #failed = 0;
  #chunks: Array<{ payload: string; byteCount: number }> = [];
  #words: Word[] = [];
  #resolve: (failed: number) => void = () => undefined;
  #over = false;

  constructor(
    tts: TextToSpeech,
    clips: Clips,
    call: { callId: string; voice: string },
    texts: readonly string[],
    usage: UsageSink,
  ) {
    this.#clips = clips;
    this.#voice = call.voice;
    this.#texts = texts;
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#stream = tts.open(
      call,
      {
        onAudio: (_utt, payload, byteCount) => this.#chunks.push({ payload, byteCount }),
        onWords: (_utt, words) => this.#words.push(...words),
        onDone: (utt) => this.#onDone(utt),
        onFailed: () => this.#onFailed(),
      },
      usage,
    );
    this.#sayNext();
  }

  finish(): void {
    if (this.#over) return;
    this.#over = true;
    for (const text of this.#texts) this.#clips.release(this.#voice, text);
    this.#stream.close();
    this.#resolve(this.#failed + this.#texts.length - this.#current);
  }

  #sayNext(): void {
    const text = this.#texts[this.#current];
    this.#chunks = [];
    this.#words = [];
    if (text === undefined) this.finish();
    else this.#stream.say(this.#current, text, true, 0);
  }

  #onDone(utt: number): void {
    const text = this.#texts[utt];
    if (text !== undefined) this.#clips.put(this.#voice, text, { chunks: this.#chunks, words: this.#words });
    this.#current += 1;
    this.#sayNext();
  }

  #onFailed(): void {
    this.#failed += 1;
    this.#current += 1;
    this.#sayNext();
  }
}
