import { createRequire } from 'node:module';
import type { SttCall } from '../call/ports.ts';
import { describeError } from '../errors.ts';
import type { SttConnection, SttConnectionHandlers, SttVendor } from './connection.ts';
import { CONNECT_TIMEOUT_MS } from './tunables.ts';

// Only the package's CommonJS build finds `ws` on Node 20.
const requireCommonJs = createRequire(import.meta.url);
const { Cartesia } = requireCommonJs('@cartesia/cartesia-js') as typeof import('@cartesia/cartesia-js');
const { AutoFinalizeWS } = requireCommonJs(
  '@cartesia/cartesia-js/resources/stt/auto-finalize/ws',
) as typeof import('@cartesia/cartesia-js/resources/stt/auto-finalize/ws');

export interface InkOptions {
  apiKey: string;
  baseUrl: string | undefined;
}

const MODEL = 'ink-2';

/** Cartesia Ink with its own turn detection: takes over when Deepgram keeps failing. */
export function cartesiaInk(options: InkOptions): SttVendor {
  const client = new Cartesia({
    apiKey: options.apiKey,
    ...(options.baseUrl === undefined ? {} : { baseURL: options.baseUrl }),
    maxRetries: 0,
    timeout: CONNECT_TIMEOUT_MS,
  });
  return {
    name: 'cartesia',
    silentAtMostMs: null, // it speaks only when the transcript changes
    connect: (call, handlers) => new InkConnection(client, call, handlers),
  };
}

class InkConnection implements SttConnection {
  readonly #socket: InstanceType<typeof AutoFinalizeWS>;
  readonly #handlers: SttConnectionHandlers;
  #turn = 0;
  #over = false;
  reference: string | null = null;

  constructor(client: InstanceType<typeof Cartesia>, call: SttCall, handlers: SttConnectionHandlers) {
    this.#handlers = handlers;
    this.#socket = new AutoFinalizeWS(
      client,
      {
        model: MODEL,
        encoding: 'pcm_mulaw',
        sample_rate: 8_000,
        keyterm: [...call.keyterms],
        // Ink's thresholds are on a scale of their own and run the other way; its own defaults are left as they are.
        turn_end_timeout_ms: call.turnTaking.endOfTurnTimeoutMs,
      },
      { perMessageDeflate: false, handshakeTimeout: CONNECT_TIMEOUT_MS },
    );
    // Attached before anything can fail: an error without a listener becomes an unhandled rejection.
    this.#socket.on('error', (error) => this.#lost(describeError(error).message));
    this.#socket.on('close', (code) => this.#lost(`closed with code ${code}`));
    this.#socket.on('event', (event) => this.#onEvent(event as InkEvent));
  }

  send(frame: Buffer): void {
    this.#socket.sendRaw(frame);
  }

  close(): void {
    this.#over = true;
    this.#socket.close();
  }

  #onEvent(event: InkEvent): void {
    if (this.#over) return;
    this.#handlers.onAlive();
    const text = event.transcript ?? '';
    const report = (kind: 'text' | 'eager-end' | 'resumed' | 'end') =>
      this.#handlers.onTurn({ kind, turn: this.#turn, text, heardMs: null });
    switch (event.type) {
      case 'connected':
        this.reference = event.request_id ?? null;
        return this.#handlers.onOpen();
      case 'turn.update':
        return report('text');
      case 'turn.eager_end':
        return report('eager-end');
      case 'turn.resume':
        return report('resumed');
      case 'turn.end':
        report('end');
        this.#turn += 1;
        return;
      case 'error':
        return this.#lost(event.message ?? 'it reported an error');
      default:
        return; // turn.start, and events of newer versions
    }
  }

  #lost(problem: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#handlers.onLost(problem);
  }
}

interface InkEvent {
  type: string;
  request_id?: string;
  transcript?: string;
  message?: string;
}
