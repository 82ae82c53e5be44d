import { postgres, type Sql } from './driver.ts';

/**
 * Which one of all instances does what only one should. The lock belongs to a connection: when the process dies, or
 * the database loses it, PostgreSQL frees the lock, and whoever asks next has it. Behind a pooler that shares
 * connections between transactions it would belong to nobody; point DATABASE_URL past such a pooler.
 */
export class Leadership {
  readonly #client: Sql;
  #leads = false;

  constructor(url: string) {
    this.#client = postgres(url, {
      max: 1,
      max_lifetime: null,
      connect_timeout: 2,
      onnotice: () => undefined,
    });
  }

  /** As the last look had it. */
  get leads(): boolean {
    return this.#leads;
  }

  /** Looks whether this process leads, and takes over where nobody does. A connection that was lost has lost its lock. */
  async look(): Promise<boolean> {
    try {
      // Held already by this connection, it is taken once more: true either way.
      const [row] = await this.#client<{ leads: boolean }[]>`
        select pg_try_advisory_lock(hashtextextended('ringback leader', 0)) as leads`;
      this.#leads = row?.leads === true;
    } catch (error) {
      this.#leads = false;
      throw error;
    }
    return this.#leads;
  }

  /** Lets go at once. */
  async close(): Promise<void> {
    this.#leads = false;
    await this.#client.end({ timeout: 5 });
  }
}
