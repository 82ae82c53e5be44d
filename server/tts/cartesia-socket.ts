import { createRequire } from 'node:module';
import net from 'node:net';
import type { ClientOptions as WebSocketOptions } from 'ws';
import { describeError } from '../errors.ts';

// The package's ESM build looks for `ws` with `require`, which ESM does not have, and then has no WebSocket on
// Node 20. Its CommonJS build works.
const requireCommonJs = createRequire(import.meta.url);
const { Cartesia } = requireCommonJs('@cartesia/cartesia-js') as typeof import('@cartesia/cartesia-js');
const { TTSWS } = requireCommonJs(
  '@cartesia/cartesia-js/resources/tts/ws',
) as typeof import('@cartesia/cartesia-js/resources/tts/ws');

export type CartesiaClient = InstanceType<typeof Cartesia>;
export type SonicSocket = InstanceType<typeof TTSWS>;

/** A message of the text-to-speech socket. */
export interface SonicEvent {
  type: string;
  context_id?: string | null;
  data?: string;
  word_timestamps?: { words?: string[]; start?: number[]; end?: number[] };
  status_code?: number;
  error_code?: string;
  title?: string;
  message?: string;
}

const CONNECT_TIMEOUT_MS = 3_000;

export function cartesiaClient(options: { apiKey: string; baseUrl: string | undefined }): CartesiaClient {
  return new Cartesia({
    apiKey: options.apiKey,
    ...(options.baseUrl === undefined ? {} : { baseURL: options.baseUrl }),
    maxRetries: 0,
    timeout: CONNECT_TIMEOUT_MS,
  });
}

/** Opens a socket; rejects with an Error when it does not open. */
export async function openSonicSocket(
  client: CartesiaClient,
  onEvent: (event: SonicEvent) => void,
  onError: (problem: unknown) => void,
): Promise<SonicSocket> {
  const socket = new TTSWS(client, socketOptions(client.baseURL));
  // Attached before anything can fail: an 'error' without a listener would end the process.
  socket.on('error', (error) => onError(describeError(error)));
  socket.on('event', (event) => onEvent(event as unknown as SonicEvent));
  try {
    await socket.connect();
  } catch (error) {
    throw new Error(`text-to-speech did not connect: ${describeError(error).message}`); // it rejects with an event, not an Error
  }
  return socket;
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
