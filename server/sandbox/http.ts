import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer } from 'ws';

/** The plumbing that all stand-ins share: plain HTTP on loopback, whole bodies, JSON answers. */

export interface StandInServer {
  url: string;
  port: number;
  /** WebSockets that are open now; 0 where there are none. */
  openSockets(): number;
  close(): Promise<void>;
}

export type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
) => void | Promise<void>;
export type UpgradeHandler = (request: IncomingMessage, socket: Socket, head: Buffer) => void;

const MAX_BODY_BYTES = 8 * 1024 * 1024;

export async function startServer(
  port: number,
  handle: Handler,
  upgrade?: UpgradeHandler,
): Promise<StandInServer> {
  const server = http.createServer((request, response) => {
    readBody(request)
      .then((body) => handle(request, response, body))
      .catch((error: unknown) => {
        if (response.headersSent) response.destroy();
        else
          sendJson(response, 500, {
            error: { message: error instanceof Error ? error.message : String(error) },
          });
      });
  });
  server.keepAliveTimeout = 0; // vendors send no Keep-Alive header; Node would announce one
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy()); // a client that vanishes in mid-handshake is its own business
    if (upgrade === undefined) refuseUpgrade(socket as Socket, 404);
    else upgrade(request, socket as Socket, head);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    openSockets: () => 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function webSocketServer(): WebSocketServer {
  return new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1024 * 1024 });
}

/** Answers an upgrade with an HTTP error, before any 101. */
export function refuseUpgrade(socket: Socket, status: number, body = ''): void {
  socket.end(
    `HTTP/1.1 ${status} ${http.STATUS_CODES[status] ?? 'Error'}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

export function urlOf(request: IncomingMessage): URL {
  return new URL(request.url ?? '/', 'http://sandbox');
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += (part as Buffer).length;
    if (size > MAX_BODY_BYTES) throw new Error('the request body is too large');
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts).toString('utf8');
}
