import type { TextToSpeech, TtsHandlers, TtsStream } from '../call/ports.ts';
import type { UsageSink } from '../cost/usage.ts';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import {
  type CartesiaClient,
  cartesiaClient,
  openSonicSocket,
  type SonicEvent,
  type SonicSocket,
} from './cartesia-socket.ts';

export interface CartesiaOptions {
  apiKey: string;
  baseUrl: string | undefined;
  /** Hears of each utterance whether it came to its end. */
  spoke?: (succeeded: boolean) => void;
  log: Logger;
}

const MODEL = 'sonic-3.5';
/** Another model of the same voices, for a text on which the first failed twice. */
const FALLBACK_MODEL = 'sonic-3';
const FALLBACK_FROM_ATTEMPT = 2;

/** Cartesia Sonic over its WebSocket: one context per utterance, mu-law 8 kHz straight to the line. */
export function cartesiaTextToSpeech(options: CartesiaOptions): TextToSpeech {
  const client = cartesiaClient(options);
  const { spoke = () => undefined, log } = options;
  return {
    open: (call, handlers, usage) =>
      new SonicStream(
        client,
        call,
        handlers,
        (used) => {
          if (used.outcome !== 'aborted') spoke(used.outcome === 'complete');
          usage(used);
        },
        log,
      ),
  };
}

/** The synthesis of one utterance. It takes more than one context when the vendor ends one while text is held back. */
interface Context {
  utt: number;
  id: string;
  generation: number;
  model: string;
  characters: number;
  /** Nothing more will be sent. */
  closed: boolean;
  /** Audio received from all its contexts, and from the ones before the present. */
  bytes: number;
  earlierBytes: number;
}

const BYTES_PER_MS = 8;

/** One call's utterances over one socket at a time. A socket that dies fails its utterances; the next one opens a new socket. */
class SonicStream implements TtsStream {
  readonly #client: CartesiaClient;
  readonly #call: { callId: string; voice: string };
  readonly #handlers: TtsHandlers;
  readonly #usage: UsageSink;
  readonly #log: Logger;
  readonly #contexts = new Map<string, Context>();
  readonly #utterances = new Map<number, Context>();
  #socket: Promise<SonicSocket> | null = null;
  #closed = false;

  constructor(
    client: CartesiaClient,
    call: { callId: string; voice: string },
    handlers: TtsHandlers,
    usage: UsageSink,
    log: Logger,
  ) {
    this.#client = client;
    this.#call = call;
    this.#handlers = handlers;
    this.#usage = usage;
    this.#log = log;
    this.#connection().catch((error: unknown) =>
      this.#log.warn(
        { callId: call.callId, problem: describeError(error) },
        'text-to-speech did not connect; it is tried again with the first words',
      ),
    );
  }

  say(utt: number, text: string, last: boolean, attempt: number): void {
    const context = this.#utterances.get(utt) ?? this.#newContext(utt, attempt);
    context.characters += text.length;
    context.closed = last;
    this.#report(context, 'complete');
    const { id } = context;
    this.#connection().then(
      (socket) => this.#send(socket, context, id, text, last),
      (error: unknown) => this.#fail(context, describeError(error).message),
    );
  }

  cancel(utt: number): void {
    const context = this.#utterances.get(utt);
    if (context === undefined) return;
    this.#forget(context);
    this.#report(context, 'aborted');
    this.#socket
      ?.then(
        (socket) => socket.cancelContext(context.id),
        () => undefined, // never connected, so there is nothing to cancel
      )
      .catch((error: unknown) =>
        this.#log.warn(
          { callId: this.#call.callId, problem: describeError(error) },
          'a cancel did not reach text-to-speech',
        ),
      );
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#contexts.clear();
    this.#utterances.clear();
    this.#socket?.then(
      (socket) => socket.close(),
      () => undefined, // never connected, so there is nothing to close
    );
    this.#socket = null;
  }

  #newContext(utt: number, attempt: number): Context {
    if (attempt > 0) this.#leaveSocket(); // the one at hand may be the reason for the failure
    const context: Context = {
      utt,
      id: `${this.#call.callId}-${utt}`,
      generation: 0,
      model: attempt >= FALLBACK_FROM_ATTEMPT ? FALLBACK_MODEL : MODEL,
      characters: 0,
      closed: false,
      bytes: 0,
      earlierBytes: 0,
    };
    this.#utterances.set(utt, context);
    this.#contexts.set(context.id, context);
    return context;
  }

  /** The vendor has ended a context for which there is more text to come: what follows goes into a new one. */
  #renew(context: Context): void {
    this.#contexts.delete(context.id);
    context.generation += 1;
    context.id = `${this.#call.callId}-${context.utt}.${context.generation}`;
    context.characters = 0;
    context.earlierBytes = context.bytes;
    this.#contexts.set(context.id, context);
  }

  #forget(context: Context): void {
    this.#contexts.delete(context.id);
    this.#utterances.delete(context.utt);
  }

  #leaveSocket(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.then(
      (old) => old.close(),
      () => undefined, // never connected, so there is nothing to close
    );
  }

  #connection(): Promise<SonicSocket> {
    if (this.#socket === null) {
      const opening: Promise<SonicSocket> = this.#open(() => opening);
      this.#socket = opening;
      opening.catch(() => {
        if (this.#socket === opening) this.#socket = null;
      });
    }
    return this.#socket;
  }

  /** @param itself the promise that this returns. */
  async #open(itself: () => Promise<SonicSocket>): Promise<SonicSocket> {
    const socket = await openSonicSocket(
      this.#client,
      (event) => this.#onEvent(event),
      (problem) => this.#log.warn({ callId: this.#call.callId, problem }, 'text-to-speech socket error'),
    );
    socket.socket.addEventListener('close', () => this.#onClosed(itself()));
    if (this.#closed) socket.close();
    return socket;
  }

  async #send(socket: SonicSocket, context: Context, id: string, text: string, last: boolean): Promise<void> {
    if (this.#contexts.get(id) !== context) return;
    try {
      await socket.send({
        model_id: context.model,
        voice: { id: this.#call.voice },
        language: 'en',
        output_format: { container: 'raw', encoding: 'pcm_mulaw', sample_rate: 8_000 },
        context_id: id,
        transcript: text,
        continue: !last,
        add_timestamps: true,
        max_buffer_delay_ms: 0, // we send whole clauses; the default would wait up to 3 s for more
      });
    } catch (error) {
      this.#fail(context, describeError(error).message);
    }
  }

  #onEvent(event: SonicEvent): void {
    const id = event.context_id;
    const context = id == null ? undefined : this.#contexts.get(id);
    if (id == null || context === undefined) {
      if (event.type === 'error' && id == null)
        this.#log.warn(
          { callId: this.#call.callId, problem: event.message ?? event.title },
          'text-to-speech reported an error',
        );
      return; // a cancelled context still delivers what was on its way
    }
    switch (event.type) {
      case 'chunk':
        return this.#onChunk(context, event.data);
      case 'timestamps':
        return this.#onTimestamps(context, event);
      case 'done':
        return this.#onDone(context);
      case 'error':
        this.#fail(context, `${event.error_code ?? event.status_code}: ${event.message ?? event.title}`);
        return;
      default:
        return; // flush_done and messages of newer versions
    }
  }

  #onChunk(context: Context, data: string | undefined): void {
    if (data === undefined) return;
    const byteCount = Buffer.byteLength(data, 'base64');
    context.bytes += byteCount;
    this.#handlers.onAudio(context.utt, data, byteCount);
  }

  /** Times of a context begin at 0; those of the utterance where its audio stands. */
  #onTimestamps(context: Context, event: SonicEvent): void {
    const { words = [], start = [], end = [] } = event.word_timestamps ?? {};
    const offsetMs = context.earlierBytes / BYTES_PER_MS;
    this.#handlers.onWords(
      context.utt,
      words.map((text, i) => ({
        text,
        startMs: Math.round(offsetMs + (start[i] ?? 0) * 1_000),
        endMs: Math.round(offsetMs + (end[i] ?? 0) * 1_000),
      })),
    );
  }

  #onDone(context: Context): void {
    if (!context.closed) return this.#renew(context);
    this.#forget(context);
    this.#handlers.onDone(context.utt);
  }

  /** @param socket what was open; a newer one is none of its business. */
  #onClosed(socket: Promise<SonicSocket>): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    for (const context of [...this.#contexts.values()])
      this.#fail(context, 'the text-to-speech socket closed');
  }

  #fail(context: Context, problem: string): void {
    if (this.#utterances.get(context.utt) !== context || this.#closed) return;
    this.#forget(context);
    this.#report(context, 'failed');
    this.#handlers.onFailed(context.utt, problem);
  }

  /** Cartesia bills the characters that were sent, whether or not they were heard. */
  #report(context: Context, outcome: 'complete' | 'aborted' | 'failed'): void {
    this.#usage({
      vendor: 'cartesia',
      sku: 'tts.characters',
      units: context.characters,
      reference: context.id,
      outcome,
    });
  }
}
