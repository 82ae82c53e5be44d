import net, { type AddressInfo, type Socket } from 'node:net';

/** A wire that can be cut: everything that is sent to it goes on to another address. */
export class TcpProxy {
  readonly #server: net.Server;
  readonly #open = new Set<Socket>();
  #port = 0;
  #isBusy = false;
  /** How many came while nobody was let through. */
  turnedAway = 0;

  private constructor(target: { host: string; port: number }) {
    this.#server = net.createServer((near) => {
      if (this.#isBusy) {
        this.turnedAway += 1;
        return void near.destroy();
      }
      const far = net.connect(target);
      for (const socket of [near, far]) {
        this.#open.add(socket);
        socket.on('error', () => socket.destroy());
        socket.on('close', () => {
          this.#open.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      near.pipe(far);
      far.pipe(near);
    });
  }

  /** @param url of which only host and port matter. */
  static async to(url: string): Promise<TcpProxy> {
    const { hostname, port } = new URL(url);
    const proxy = new TcpProxy({ host: hostname, port: Number(port) });
    await proxy.mend();
    return proxy;
  }

  /** The same URL through the wire. */
  through(url: string): string {
    const rewired = new URL(url);
    rewired.hostname = '127.0.0.1';
    rewired.port = String(this.#port);
    return rewired.href;
  }

  /** Ends what is open and refuses what comes. */
  cut(): void {
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
  }

  /** Ends what is open, and takes what comes only to end it. */
  turnAway(): void {
    this.#isBusy = true;
    for (const socket of this.#open) socket.destroy();
  }

  async mend(): Promise<void> {
    this.#isBusy = false;
    if (this.#server.listening) return;
    await new Promise<void>((done) => this.#server.listen(this.#port, '127.0.0.1', done));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    if (this.#server.listening) this.cut();
  }
}
