import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface Received {
  id: string;
  type: string;
  data: Record<string, unknown>;
}

/** Somebody else's server that takes webhooks, checking each with the library of the standard. */
export class WebhookReceiver {
  readonly #server: http.Server;
  /** The secret of the endpoint, once it is known. */
  secret = '';
  /** The status with which the next ones are answered; 200 afterwards. */
  readonly answers: number[] = [];
  readonly received: Received[] = [];
  readonly refused: string[] = [];

  private constructor(server: http.Server) {
    this.#server = server;
  }

  static async open(): Promise<WebhookReceiver> {
    const server = http.createServer();
    const receiver = new WebhookReceiver(server);
    server.on('request', (request, response) => void receiver.#take(request, response));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hooks`;
  }

  close(): Promise<void> {
    return new Promise((done) => {
      this.#server.close(() => done());
      this.#server.closeAllConnections();
    });
  }

  async #take(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const status = this.answers.shift() ?? 200;
    try {
      const headers = request.headers as Record<string, string>;
      const { type, data } = new Webhook(this.secret).verify(body, headers) as Omit<Received, 'id'>;
      if (status < 300) this.received.push({ id: headers['webhook-id'] ?? '', type, data });
    } catch (error) {
      this.refused.push(String(error));
    }
    response.writeHead(status).end();
  }
}
