import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { type CancelTimer, systemClock } from '../server/clock.ts';

export interface Probe {
  path: string;
  periodMs: number;
  timeoutMs: number;
  failureThreshold: number;
}

interface Backend {
  port: number;
  failures: number;
  requests: number;
}

/** A small proxy as a Service is one: requests in turn to whoever is ready, WebSockets through, no stickiness. */
export class RoundRobin {
  readonly #server: http.Server;
  readonly #backends: Backend[];
  readonly #probe: Probe;
  #cancel: CancelTimer = () => undefined;
  #next = 0;

  private constructor(ports: readonly number[], probe: Probe) {
    this.#backends = ports.map((port) => ({ port, failures: probe.failureThreshold, requests: 0 }));
    this.#probe = probe;
    this.#server = http.createServer((request, response) => {
      this.#pass(request, response).catch(() => response.destroy()); // who asked has gone
    });
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket as net.Socket, head));
  }

  /** @param port where it listens: the instances have to know their public address before they start. */
  static async open(port: number, backends: readonly number[], probe: Probe): Promise<RoundRobin> {
    const proxy = new RoundRobin(backends, probe);
    await new Promise<void>((done) => proxy.#server.listen(port, '127.0.0.1', done));
    await proxy.#look();
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Which instances are asked at present, by port. */
  get ready(): number[] {
    return this.#backends.filter((backend) => this.#isReady(backend)).map(({ port }) => port);
  }

  /** How many requests each has had, by port. */
  get requests(): Record<number, number> {
    return Object.fromEntries(this.#backends.map(({ port, requests }) => [port, requests]));
  }

  close(): Promise<void> {
    this.#cancel();
    return new Promise((done) => {
      this.#server.close(() => done());
      this.#server.closeAllConnections();
    });
  }

  #isReady({ failures }: Backend): boolean {
    return failures < this.#probe.failureThreshold;
  }

  async #look(): Promise<void> {
    const { path, timeoutMs, periodMs } = this.#probe;
    await Promise.all(
      this.#backends.map(async (backend) => {
        const ok = await fetch(`http://127.0.0.1:${backend.port}${path}`, {
          signal: AbortSignal.timeout(timeoutMs),
        })
          .then((answer) => answer.ok)
          .catch(() => false);
        backend.failures = ok ? 0 : backend.failures + 1;
      }),
    );
    this.#cancel = systemClock.after(periodMs, () => void this.#look());
  }

  #take(): Backend | undefined {
    const able = this.#backends.filter((backend) => this.#isReady(backend));
    const chosen = able[this.#next++ % Math.max(1, able.length)];
    if (chosen !== undefined) chosen.requests += 1;
    return chosen;
  }

  async #pass(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    this.#send(request, Buffer.concat(chunks), response, this.#backends.length);
  }

  /** Where nobody listens nothing was sent, so that the next one may be asked. */
  #send(request: http.IncomingMessage, body: Buffer, response: http.ServerResponse, tries: number): void {
    const backend = this.#take();
    if (backend === undefined) return void response.writeHead(503).end();
    const { method, url: path, headers } = request;
    const onward = http.request(
      { port: backend.port, host: '127.0.0.1', method, path, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', (error: NodeJS.ErrnoException) => {
      if (response.headersSent) response.destroy();
      else if (error.code === 'ECONNREFUSED' && tries > 1) this.#send(request, body, response, tries - 1);
      else response.writeHead(502).end();
    });
    onward.end(body);
  }

  #upgrade(request: http.IncomingMessage, near: net.Socket, head: Buffer): void {
    const backend = this.#take();
    if (backend === undefined) return void near.destroy();
    const far = net.connect(backend.port, '127.0.0.1', () => {
      const lines = [`${request.method} ${request.url} HTTP/1.1`];
      for (let i = 0; i < request.rawHeaders.length; i += 2)
        lines.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}`);
      far.write(`${lines.join('\r\n')}\r\n\r\n`);
      far.write(head);
      near.pipe(far);
      far.pipe(near);
    });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.on('error', () => other.destroy());
      socket.on('close', () => other.destroy());
    }
  }
}
