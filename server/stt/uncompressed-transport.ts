import type { DeepgramTransport, DeepgramTransportFactory } from '@deepgram/sdk';
import { WebSocket } from 'ws';

/**
 * A transport for Deepgram's SDK that switches compression off: by itself the SDK passes only headers to
 * `ws`, which then offers permessage-deflate, and that doubles the processor time of a call.
 */
export const uncompressedTransport: DeepgramTransportFactory = (url, headers, request): DeepgramTransport => {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), request.protocols, {
    headers,
    perMessageDeflate: false,
    handshakeTimeout: (request.connectionTimeoutInSeconds ?? 10) * 1_000,
  });
  request.abortSignal?.addEventListener('abort', () => socket.close());
  return {
    send: (data) => socket.send(data as string | ArrayBufferView),
    onOpen: (listener) => socket.on('open', listener),
    onMessage: (listener) =>
      socket.on('message', (data, isBinary) => listener(isBinary ? (data as Buffer) : data.toString())),
    onError: (listener) => socket.on('error', listener),
    onClose: (listener) =>
      socket.on('close', (code, reason) => listener({ code, reason: reason.toString() })),
    isOpen: () => socket.readyState === WebSocket.OPEN,
    close: (code, reason) => socket.close(code, reason),
  };
};
