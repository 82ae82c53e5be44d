import { type ChildProcess, fork } from 'node:child_process';
import { packageRoot } from '../../server/paths.ts';
import { STRIPE_WEBHOOK_PATH } from '../../server/payments/desk.ts';
import { openStripe } from '../../server/payments/stripe-account.ts';
import { StripeEvents } from '../../server/payments/stripe-events.ts';
import { sandboxEnvironment } from '../../server/sandbox/environment.ts';
import { freePort } from '../free-port.ts';
import { credentials, type SandboxInfo } from '../load/processes.ts';
import { RoundRobin } from '../round-robin.ts';

/** Two servers behind a proxy, each of which may be killed at any moment and comes back. */
export class House {
  readonly #sandbox: SandboxInfo;
  readonly #databaseUrl: string;
  readonly #proxy: RoundRobin;
  readonly #stripeSecret: string;
  readonly #servers: Array<{ port: number; child: ChildProcess | null }>;

  private constructor(
    sandbox: SandboxInfo,
    databaseUrl: string,
    proxy: RoundRobin,
    stripeSecret: string,
    ports: readonly number[],
  ) {
    this.#sandbox = sandbox;
    this.#databaseUrl = databaseUrl;
    this.#proxy = proxy;
    this.#stripeSecret = stripeSecret;
    this.#servers = ports.map((port) => ({ port, child: null }));
  }

  static async open(sandbox: SandboxInfo, databaseUrl: string): Promise<House> {
    const [front = 0, ...ports] = await Promise.all([freePort(), freePort(), freePort()]);
    // As docs/kubernetes.yaml has it.
    const probe = { path: '/ready', periodMs: 2_000, timeoutMs: 3_000, failureThreshold: 1 };
    const proxy = await RoundRobin.open(front, ports, probe);
    const stripe = openStripe({ apiKey: credentials.apiKey, baseUrl: sandbox.urls.stripe });
    const secret = await new StripeEvents(stripe).registerWebhook(proxy.url + STRIPE_WEBHOOK_PATH);
    const house = new House(sandbox, databaseUrl, proxy, secret, ports);
    process.on('exit', () => {
      for (const { child } of house.#servers) child?.kill('SIGKILL');
    });
    await Promise.all(house.#servers.map((_, index) => house.#start(index)));
    return house;
  }

  get url(): string {
    return this.#proxy.url;
  }

  get readyCount(): number {
    return this.#proxy.ready.length;
  }

  /** Kills one without a word, and starts it again. */
  async kill(index: number): Promise<void> {
    const server = this.#servers[index];
    if (server?.child == null) return;
    const gone = new Promise<void>((done) => server.child?.once('exit', () => done()));
    server.child.kill('SIGKILL');
    await gone;
    await this.#start(index);
  }

  /** Processes that served and ended without being told to; there must be none. One that cannot start is started again. */
  readonly fallen: string[] = [];

  async stop(): Promise<void> {
    await Promise.all(
      this.#servers.map(async (server) => {
        const { child } = server;
        server.child = null;
        if (child === null || child.exitCode !== null) return;
        const gone = new Promise<void>((done) => child.once('exit', () => done()));
        child.kill('SIGTERM');
        await gone;
      }),
    );
    await this.#proxy.close();
  }

  async #start(index: number): Promise<void> {
    const server = this.#servers[index];
    if (server === undefined) return;
    const child = fork(`${packageRoot}/dist/server/commands/main.js`, ['start'], {
      env: {
        PATH: process.env.PATH ?? '',
        HOME: process.env.HOME ?? '',
        ...sandboxEnvironment(this.#sandbox.urls, credentials),
        DATABASE_URL: this.#databaseUrl,
        PUBLIC_BASE_URL: this.#proxy.url,
        PORT: String(server.port),
        STRIPE_WEBHOOK_SECRET: this.#stripeSecret,
        LOG_LEVEL: process.env.CHAOS_LOG ?? 'silent',
        MAX_LOOP_LAG_MS: '0', // two servers and all stand-ins on one machine: every call is wanted
      },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    server.child = child;
    let isUp = false;
    child.on('exit', (code, signal) => {
      if (signal === 'SIGKILL' || server.child !== child) return;
      if (isUp) this.fallen.push(`server ${index} ended by itself: ${code ?? signal}`);
      server.child = null;
      setImmediate(() => void this.#start(index)); // as whoever keeps the processes would
    });
    await new Promise<void>((done) => {
      child.once('message', () => {
        isUp = true;
        done();
      });
      child.once('exit', () => done());
    });
  }
}
