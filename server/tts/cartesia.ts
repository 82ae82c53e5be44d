import { createRequire } from 'node:module';
import net from 'node:net';
import type { ClientOptions as WebSocketOptions } from 'ws';
import type { TextToSpeech, TtsHandlers, TtsStream, UsageSink } from '../call/ports.ts';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';

// The package's ESM build looks for `ws` with `require`, which ESM does not have, and then has no WebSocket on
// Node 20. Its CommonJS build works.
const requireCommonJs = createRequire(import.meta.url);
const { Cartesia } = requireCommonJs('@cartesia/cartesia-js') as typeof import('@cartesia/cartesia-js');
const { TTSWS } = requireCommonJs(
  '@cartesia/cartesia-js/resources/tts/ws',
) as typeof import('@cartesia/cartesia-js/resources/tts/ws');

type Socket = InstanceType<typeof TTSWS>;

export interface CartesiaOptions {
  apiKey: string;
  baseUrl: string | undefined;
  log: Logger;
}

const MODEL = 'sonic-3.5';
const CONNECT_TIMEOUT_MS = 3_000;

/** Cartesia Sonic over its WebSocket: one context per utterance, mu-law 8 kHz straight to the line. */
export function cartesiaTextToSpeech(options: CartesiaOptions): TextToSpeech {
  const client = new Cartesia({
    apiKey: options.apiKey,
    ...(options.baseUrl === undefined ? {} : { baseURL: options.baseUrl }),
    maxRetries: 0,
    timeout: CONNECT_TIMEOUT_MS,
  });
  return { open: (call, handlers, usage) => new SonicStream(client, call, handlers, usage, options.log) };
}

function socketOptions(baseUrl: string): WebSocketOptions {
  const url = new URL(baseUrl);
  const options: WebSocketOptions = { handshakeTimeout: CONNECT_TIMEOUT_MS, perMessageDeflate: false };
  if (url.protocol === 'http:') {
    // The SDK forces wss: whatever the base URL says; on plain http the connection is handed to it instead.
    const connect = () => net.connect(Number(url.port || 80), url.hostname);
    options.createConnection = connect as unknown as NonNullable<WebSocketOptions['createConnection']>;
  }
  return options;
}

interface Context {
  utt: number;
  characters: number;
  finished: boolean;
}

/** One call's utterances over one socket at a time. A socket that dies fails its utterances; the next one opens a new socket. */
class SonicStream implements TtsStream {
  readonly #client: InstanceType<typeof Cartesia>;
  readonly #call: { callId: string; voice: string };
  readonly #handlers: TtsHandlers;
  readonly #usage: UsageSink;
  readonly #log: Logger;
  readonly #contexts = new Map<string, Context>();
  #socket: Promise<Socket> | null = null;
  #closed = false;

  constructor(
    client: InstanceType<typeof Cartesia>,
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

  say(utt: number, text: string, last: boolean): void {
    const id = this.#contextId(utt);
    const context = this.#contexts.get(id) ?? { utt, characters: 0, finished: false };
    this.#contexts.set(id, context);
    context.characters += text.length;
    this.#report(id, context, 'complete');
    this.#connection().then(
      (socket) => this.#send(socket, id, text, last),
      (error: unknown) => this.#fail(id, describeError(error).message),
    );
  }

  cancel(utt: number): void {
    const id = this.#contextId(utt);
    const context = this.#contexts.get(id);
    if (context === undefined) return;
    this.#contexts.delete(id);
    if (!context.finished) this.#report(id, context, 'aborted');
    this.#socket
      ?.then(
        (socket) => socket.cancelContext(id),
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
    this.#socket?.then(
      (socket) => socket.close(),
      () => undefined, // never connected, so there is nothing to close
    );
    this.#socket = null;
  }

  #contextId(utt: number): string {
    return `${this.#call.callId}-${utt}`;
  }

  #connection(): Promise<Socket> {
    if (this.#socket === null) {
      const opening = this.#open();
      this.#socket = opening;
      opening.catch(() => {
        if (this.#socket === opening) this.#socket = null;
      });
    }
    return this.#socket;
  }

  async #open(): Promise<Socket> {
    const socket = new TTSWS(this.#client, socketOptions(this.#client.baseURL));
    // Attached before anything can fail: an 'error' without a listener would end the process.
    socket.on('error', (error) =>
      this.#log.warn(
        { callId: this.#call.callId, problem: describeError(error) },
        'text-to-speech socket error',
      ),
    );
    socket.on('event', (event) => this.#onEvent(event as unknown as SonicEvent));
    try {
      await socket.connect();
    } catch (error) {
      throw new Error(`text-to-speech did not connect: ${describeError(error).message}`); // it rejects with an event, not an Error
    }
    socket.socket.addEventListener('close', () => this.#onClosed());
    if (this.#closed) socket.close();
    return socket;
  }

  async #send(socket: Socket, id: string, text: string, last: boolean): Promise<void> {
    if (!this.#contexts.has(id)) return;
    try {
      await socket.send({
        model_id: MODEL,
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
      this.#fail(id, describeError(error).message);
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
        if (event.data !== undefined)
          this.#handlers.onAudio(context.utt, event.data, Buffer.byteLength(event.data, 'base64'));
        return;
      case 'timestamps':
        this.#onTimestamps(context.utt, event);
        return;
      case 'done':
        context.finished = true;
        this.#contexts.delete(id);
        this.#handlers.onDone(context.utt);
        return;
      case 'error':
        this.#fail(id, `${event.error_code ?? event.status_code}: ${event.message ?? event.title}`);
        return;
      default:
        return; // flush_done and messages of newer versions
    }
  }

  #onTimestamps(utt: number, event: SonicEvent): void {
    const { words = [], start = [], end = [] } = event.word_timestamps ?? {};
    this.#handlers.onWords(
      utt,
      words.map((text, i) => ({
        text,
        startMs: Math.round((start[i] ?? 0) * 1_000),
        endMs: Math.round((end[i] ?? 0) * 1_000),
      })),
    );
  }

  #onClosed(): void {
    this.#socket = null;
    for (const id of [...this.#contexts.keys()]) this.#fail(id, 'the text-to-speech socket closed');
  }

  #fail(id: string, problem: string): void {
    const context = this.#contexts.get(id);
    if (context === undefined || this.#closed) return;
    this.#contexts.delete(id);
    this.#report(id, context, 'failed');
    this.#handlers.onFailed(context.utt, problem);
  }

  /** Cartesia bills the characters that were sent, whether or not they were heard. */
  #report(id: string, context: Context, outcome: 'complete' | 'aborted' | 'failed'): void {
    this.#usage({
      type: 'tts_request',
      vendor: 'cartesia',
      sku: 'tts.characters',
      units: context.characters,
      reference: id,
      outcome,
    });
  }
}

interface SonicEvent {
  type: string;
  context_id?: string | null;
  data?: string;
  word_timestamps?: { words?: string[]; start?: number[]; end?: number[] };
  status_code?: number;
  error_code?: string;
  title?: string;
  message?: string;
}
