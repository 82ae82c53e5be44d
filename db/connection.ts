import { sql } from 'drizzle-orm';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import { postgres } from './driver.ts';
import { Listener } from './listener.ts';
import * as schema from './schema/index.ts';

/** On whose behalf a transaction runs; row-level security decides by it what the transaction can see. */
export type Actor =
  | { kind: 'system'; purpose: string }
  | { kind: 'admin'; tokenId: string }
  | { kind: 'user'; userId: string };

type Schema = typeof schema;
export type Transaction = Parameters<Parameters<PostgresJsDatabase<Schema>['transaction']>[0]>[0];

/**
 * What instances tell each other. `calls`: the id of a row that has changed; the row holds the truth, the word is a hint.
 * `feeds`: what happens in a call that somebody watches; lost, they see it a little later.
 */
export type Channel = 'calls' | 'feeds';

export interface Database {
  /** Runs `work` in one transaction with the rights of `actor`. There is no other way to reach a row. */
  as<T>(actor: Actor, work: (tx: Transaction) => Promise<T>): Promise<T>;
  /**
   * Hears what `tell` says on a channel, over a connection of its own. What was said while it was broken is lost:
   * `onListening` is called at the beginning and after every break, to look for it.
   * @returns the function that stops.
   */
  listen(
    channel: Channel,
    onTold: (text: string) => void,
    onListening: () => void,
  ): Promise<() => Promise<void>>;
  /** Resolves when the server answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the pool. Connections are made when they are first needed and closed by `close`. */
export function openDatabase(url: string, options: { maxConnections?: number } = {}): Database {
  const client = postgres(url, { max: options.maxConnections ?? 10, onnotice: () => undefined });
  const listener = new Listener(url);
  const db = drizzle({ client, schema, casing: 'snake_case' });
  return {
    as: (actor, work) =>
      db.transaction(async (tx) => {
        const userId = actor.kind === 'user' ? actor.userId : '';
        await tx.execute(
          sql`select set_config('ringback.actor', ${actor.kind}, true), set_config('ringback.user_id', ${userId}, true)`,
        );
        return work(tx);
      }),
    listen: (channel, onTold, onListening) => listener.listen(channel, onTold, onListening),
    ping: async () => {
      await db.execute(sql`select 1`);
    },
    close: async () => {
      await listener.close();
      await client.end({ timeout: 5 });
    },
  };
}

/** Tells every instance something, when the transaction is committed. @param text below 8,000 bytes. */
export async function tell(tx: Transaction, channel: Channel, text: string): Promise<void> {
  await tx.execute(sql`select pg_notify(${channel}, ${text})`);
}
