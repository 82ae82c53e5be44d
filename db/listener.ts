import { postgres, type Sql } from './driver.ts';

interface Subscription {
  channel: string;
  onTold(text: string): void;
  onListening(): void;
}

/** How long after a loss it is tried again, and how long a try may take. */
const AGAIN_AFTER_MS = 500;
const TRY_MS = 5_000;

/**
 * Hears `NOTIFY` over one connection of its own, which is opened again whenever it is lost. The driver's own `listen`
 * tries that once, and after a failure answers every later one with the same failure.
 */
export class Listener {
  readonly #url: string;
  readonly #subscriptions = new Set<Subscription>();
  #client: Sql | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(url: string) {
    this.#url = url;
  }

  /** Resolves when it listens for the first time. @returns the function that stops. */
  async listen(
    channel: string,
    onTold: (text: string) => void,
    onListening: () => void,
  ): Promise<() => Promise<void>> {
    let isFirst = true;
    const subscription: Subscription = { channel, onTold, onListening };
    const listening = new Promise<void>((resolve) => {
      subscription.onListening = () => {
        onListening();
        if (isFirst) resolve();
        isFirst = false;
      };
    });
    this.#subscriptions.add(subscription);
    this.#open();
    await listening;
    return async () => {
      this.#subscriptions.delete(subscription);
      if (this.#subscriptions.size === 0) await this.#drop();
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#drop();
  }

  /** One connection for all channels: with another channel it is opened anew. */
  #open(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const former = this.#client;
    if (former !== null) void former.end({ timeout: 0 });
    if (this.#isClosed || this.#subscriptions.size === 0) return;
    const client: Sql = postgres(this.#url, {
      max: 1,
      max_lifetime: null,
      connect_timeout: TRY_MS / 1_000,
      fetch_types: false,
      onnotice: () => undefined,
      onclose: () => this.#onLost(client),
      onnotify: (channel: string, text: string) => this.#tell(channel, text),
    } as Parameters<typeof postgres>[1]);
    this.#client = client;
    this.#again(client, TRY_MS); // a try that does not come to an end is given up
    this.#begin(client).catch(() => this.#onLost(client));
  }

  async #begin(client: Sql): Promise<void> {
    const all = [...this.#subscriptions];
    for (const channel of new Set(all.map((one) => one.channel))) await client.unsafe(`listen "${channel}"`);
    if (this.#client !== client) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    for (const { onListening } of all) onListening();
  }

  #onLost(client: Sql): void {
    if (this.#client === client) this.#again(client, AGAIN_AFTER_MS);
  }

  #again(client: Sql, afterMs: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#client === client) this.#open();
    }, afterMs);
  }

  #tell(channel: string, text: string): void {
    for (const subscription of this.#subscriptions)
      if (subscription.channel === channel) subscription.onTold(text);
  }

  async #drop(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const client = this.#client;
    this.#client = null;
    await client?.end({ timeout: 1 });
  }
}
