import { DeepgramClient } from '@deepgram/sdk';
import type { SttCall } from '../call/ports.ts';
import { describeError } from '../errors.ts';
import type { SttConnection, SttConnectionHandlers, SttVendor, TurnEvent } from './connection.ts';
import { CONNECT_TIMEOUT_MS } from './tunables.ts';
import { uncompressedTransport } from './uncompressed-transport.ts';

export interface DeepgramOptions {
  apiKey: string;
  /** Scheme, host and port; unset means Deepgram itself. */
  baseUrl: string | undefined;
}

const MODEL = 'flux-general-en';
/** Flux sends an Update for every 240 ms of audio, speech or not. */
const SILENT_AT_MOST_MS = 4_000;
const OPEN = 1;

type FluxSocket = Awaited<ReturnType<DeepgramClient['listen']['v2']['connect']>>;

/** Deepgram Flux (v2): turns are found by the vendor's model on the audio itself. */
export function deepgramFlux(options: DeepgramOptions): SttVendor {
  const client = new DeepgramClient({
    apiKey: options.apiKey,
    ...(options.baseUrl === undefined ? {} : { baseUrl: options.baseUrl }),
    transportFactory: uncompressedTransport,
    reconnect: false, // the SDK waits 1 to 5 s before its first retry; a phone call cannot
  } as ConstructorParameters<typeof DeepgramClient>[0]);
  return {
    name: 'deepgram',
    silentAtMostMs: SILENT_AT_MOST_MS,
    connect: (call, handlers) => new FluxConnection(client, call, handlers),
  };
}

class FluxConnection implements SttConnection {
  readonly #handlers: SttConnectionHandlers;
  #socket: FluxSocket | null = null;
  #over = false;
  reference: string | null = null;

  constructor(client: DeepgramClient, call: SttCall, handlers: SttConnectionHandlers) {
    this.#handlers = handlers;
    this.#connect(client, call).catch((error: unknown) => this.#lost(describeError(error).message));
  }

  send(frame: Buffer): void {
    if (this.#socket?.readyState === OPEN) this.#socket.sendMedia(frame); // it throws when it is not open
  }

  close(): void {
    this.#over = true;
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    if (socket.readyState === OPEN) socket.sendCloseStream({ type: 'CloseStream' });
    socket.close();
  }

  async #connect(client: DeepgramClient, call: SttCall): Promise<void> {
    const socket = await client.listen.v2.connect({
      model: MODEL,
      encoding: 'mulaw',
      sample_rate: 8_000,
      eot_threshold: call.turnTaking.endOfTurnThreshold,
      eager_eot_threshold: call.turnTaking.eagerThreshold,
      eot_timeout_ms: call.turnTaking.endOfTurnTimeoutMs,
      keyterm: [...call.keyterms],
      tag: call.callId,
      reconnectAttempts: 0,
      connectionTimeoutInSeconds: CONNECT_TIMEOUT_MS / 1_000,
    });
    if (this.#over) return;
    this.#socket = socket;
    socket.on('message', (message) => this.#onMessage(message));
    socket.on('error', (error) => this.#lost(describeError(error).message));
    socket.on('close', (event) => this.#lost(`closed with code ${event.code}`));
    socket.on('open', () => {
      if (!this.#over) this.#handlers.onOpen();
    });
    socket.connect();
    // The result of opening comes through 'open' and 'error'; this promise would reject beside them.
    await socket.waitForOpen();
  }

  #onMessage(message: unknown): void {
    if (this.#over || typeof message !== 'object' || message === null) return;
    this.#handlers.onAlive();
    const { type } = message as { type?: unknown };
    if (type === 'Connected')
      this.reference = String((message as { request_id?: unknown }).request_id ?? '') || null;
    else if (type === 'Error') {
      const { code, description } = message as { code?: unknown; description?: unknown };
      this.#lost(`${String(code)}: ${String(description)}`);
    } else if (type === 'TurnInfo') this.#handlers.onTurn(toTurnEvent(message as TurnInfo));
  }

  /** A connection that cannot be used reports itself in several ways at once. */
  #lost(problem: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#handlers.onLost(problem);
  }
}

interface TurnInfo {
  event: 'Update' | 'StartOfTurn' | 'EagerEndOfTurn' | 'TurnResumed' | 'EndOfTurn';
  turn_index: number;
  transcript: string;
  audio_window_end: number;
}

const KINDS: Readonly<Record<TurnInfo['event'], TurnEvent['kind']>> = {
  Update: 'text',
  StartOfTurn: 'text',
  EagerEndOfTurn: 'eager-end',
  TurnResumed: 'resumed',
  EndOfTurn: 'end',
};

function toTurnEvent(info: TurnInfo): TurnEvent {
  return {
    kind: KINDS[info.event] ?? 'text',
    turn: info.turn_index,
    text: info.transcript,
    heardMs: info.audio_window_end * 1_000,
  };
}
