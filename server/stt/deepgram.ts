import { DeepgramClient } from '@deepgram/sdk';
import type { SpeechToText, SttHandlers, SttStream, UsageSink } from '../call/ports.ts';
import type { Clock } from '../clock.ts';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { uncompressedTransport } from './uncompressed-transport.ts';

export interface DeepgramOptions {
  apiKey: string;
  /** Scheme, host and port; unset means Deepgram itself. */
  baseUrl: string | undefined;
  clock: Clock;
  log: Logger;
}

const MODEL = 'flux-general-en';
/** Deepgram's own default: the confidence at which a turn counts as ended. */
const END_OF_TURN_THRESHOLD = 0.7;
const END_OF_TURN_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_S = 3;
/** First retry at once, then ever later, as long as the call lasts. */
const RETRY_DELAYS_MS = [0, 250, 500, 1_000, 2_000];
/** 60 s of 20 ms frames: more than a turn ever needs, and a bound on memory. */
const MAX_KEPT_FRAMES = 3_000;
const FRAME_MS = 20;

type FluxSocket = Awaited<ReturnType<DeepgramClient['listen']['v2']['connect']>>;

/** Deepgram Flux (v2): turns are found by the vendor's model on the audio itself. */
export function deepgramSpeechToText(options: DeepgramOptions): SpeechToText {
  const client = new DeepgramClient({
    apiKey: options.apiKey,
    ...(options.baseUrl === undefined ? {} : { baseUrl: options.baseUrl }),
    transportFactory: uncompressedTransport,
    reconnect: false, // the SDK waits 1 to 5 s before its first retry; a phone call cannot
  } as ConstructorParameters<typeof DeepgramClient>[0]);
  return { open: (call, handlers, usage) => new FluxStream(client, options, call, handlers, usage) };
}

/** One call's stream of audio, across as many connections as it takes. */
class FluxStream implements SttStream {
  readonly #client: DeepgramClient;
  readonly #options: DeepgramOptions;
  readonly #call: { callId: string; keyterms: readonly string[] };
  readonly #handlers: SttHandlers;
  readonly #usage: UsageSink;
  #socket: FluxSocket | null = null;
  #closed = false;
  #failures = 0;
  #cancelRetry: () => void = () => undefined;
  /** Frames since the last end of turn: a new connection hears them again, so that no word is lost. */
  #turnFrames: Buffer[] = [];
  /** How many of them the present connection has been sent. */
  #sentFrames = 0;
  /** Turn numbers of a connection start at 0; this makes them grow across connections. */
  #turnOffset = 0;
  #nextTurn = 0;
  #lastText = '';
  #connection = 0;
  #requestId = '';
  #billedFrames = 0;

  constructor(
    client: DeepgramClient,
    options: DeepgramOptions,
    call: { callId: string; keyterms: readonly string[] },
    handlers: SttHandlers,
    usage: UsageSink,
  ) {
    this.#client = client;
    this.#options = options;
    this.#call = call;
    this.#handlers = handlers;
    this.#usage = usage;
    void this.#connect();
  }

  send(frame: Buffer): void {
    if (this.#closed) return;
    this.#turnFrames.push(frame);
    if (this.#turnFrames.length > MAX_KEPT_FRAMES) {
      this.#turnFrames.shift();
      this.#sentFrames = Math.max(0, this.#sentFrames - 1);
    }
    this.#sendWaiting();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelRetry();
    this.#reportUsage();
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    if (socket.readyState === 1) socket.sendCloseStream({ type: 'CloseStream' });
    socket.close();
  }

  async #connect(): Promise<void> {
    const connection = ++this.#connection;
    try {
      const socket = await this.#client.listen.v2.connect({
        model: MODEL,
        encoding: 'mulaw',
        sample_rate: 8_000,
        eot_threshold: END_OF_TURN_THRESHOLD,
        eot_timeout_ms: END_OF_TURN_TIMEOUT_MS,
        keyterm: [...this.#call.keyterms],
        tag: this.#call.callId,
        reconnectAttempts: 0,
        connectionTimeoutInSeconds: CONNECT_TIMEOUT_S,
      });
      if (this.#closed) return;
      socket.on('message', (message) => this.#onMessage(connection, message));
      socket.on('error', (error) => this.#onLost(connection, describeError(error).message));
      socket.on('close', (event) => this.#onLost(connection, `closed with code ${event.code}`));
      socket.on('open', () => this.#onOpen(connection, socket));
      socket.connect();
      // The result of opening comes through 'open' and 'error'; this promise would reject beside them.
      socket.waitForOpen().catch((error: unknown) => this.#onLost(connection, describeError(error).message));
    } catch (error) {
      this.#onLost(connection, describeError(error).message);
    }
  }

  #onOpen(connection: number, socket: FluxSocket): void {
    if (this.#closed || connection !== this.#connection) {
      socket.close();
      return;
    }
    this.#socket = socket;
    this.#sentFrames = 0;
    this.#turnOffset = this.#nextTurn;
    if (this.#failures > 0) this.#handlers.onUp();
    this.#failures = 0;
    this.#sendWaiting();
  }

  #sendWaiting(): void {
    const socket = this.#socket;
    if (socket === null || socket.readyState !== 1) return;
    for (; this.#sentFrames < this.#turnFrames.length; this.#sentFrames += 1) {
      const frame = this.#turnFrames[this.#sentFrames];
      if (frame !== undefined) socket.sendMedia(frame);
      this.#billedFrames += 1;
    }
  }

  #onMessage(connection: number, message: unknown): void {
    if (connection !== this.#connection || this.#closed || typeof message !== 'object' || message === null)
      return;
    const { type } = message as { type?: unknown };
    if (type === 'Connected')
      this.#requestId = String((message as { request_id?: unknown }).request_id ?? '');
    else if (type === 'Error') {
      const { code, description } = message as { code?: unknown; description?: unknown };
      this.#onLost(connection, `${String(code)}: ${String(description)}`);
    } else if (type === 'TurnInfo') this.#onTurnInfo(message as TurnInfo);
  }

  #onTurnInfo(info: TurnInfo): void {
    const turn = this.#turnOffset + info.turn_index;
    this.#nextTurn = Math.max(this.#nextTurn, turn);
    if (info.event === 'EndOfTurn') {
      this.#nextTurn = turn + 1;
      this.#lastText = '';
      this.#turnFrames = this.#turnFrames.slice(this.#sentFrames);
      this.#sentFrames = 0;
      this.#reportUsage();
      this.#handlers.onEndOfTurn(turn, info.transcript);
    } else if (info.transcript !== this.#lastText) {
      this.#lastText = info.transcript;
      this.#handlers.onPartial(turn, info.transcript);
    }
  }

  #onLost(connection: number, problem: string): void {
    if (this.#closed || connection !== this.#connection) return;
    this.#reportUsage();
    this.#requestId = ''; // the vendor counts, and bills, each connection by itself
    this.#billedFrames = 0;
    this.#connection += 1; // a lost connection reports itself more than once
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#failures += 1;
    this.#options.log.warn(
      { callId: this.#call.callId, problem, failures: this.#failures },
      'speech-to-text connection lost; reconnecting',
    );
    if (this.#failures === 1) this.#handlers.onDown();
    const delayMs = RETRY_DELAYS_MS[Math.min(this.#failures - 1, RETRY_DELAYS_MS.length - 1)] ?? 0;
    this.#cancelRetry = this.#options.clock.after(delayMs, () => void this.#connect());
  }

  /** Flux bills audio by the second, silence included; every report of a connection replaces the one before. */
  #reportUsage(): void {
    if (this.#billedFrames === 0) return;
    this.#usage({
      type: 'stt_chunk',
      vendor: 'deepgram',
      sku: 'stt.ms',
      units: this.#billedFrames * FRAME_MS,
      reference: this.#requestId === '' ? `${this.#call.callId}-${this.#connection}` : this.#requestId,
      outcome: 'complete',
    });
  }
}

interface TurnInfo {
  event: 'Update' | 'StartOfTurn' | 'EagerEndOfTurn' | 'TurnResumed' | 'EndOfTurn';
  turn_index: number;
  transcript: string;
}
