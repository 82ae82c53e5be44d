import { sql } from 'drizzle-orm';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import * as schema from './schema/index.ts';

/** On whose behalf a transaction runs; row-level security decides by it what the transaction can see. */
export type Actor =
  | { kind: 'system'; purpose: string }
  | { kind: 'admin'; tokenId: string }
  | { kind: 'user'; userId: string };

type Schema = typeof schema;
export type Transaction = Parameters<Parameters<PostgresJsDatabase<Schema>['transaction']>[0]>[0];

export interface Database {
  /** Runs `work` in one transaction with the rights of `actor`. There is no other way to reach a row. */
  as<T>(actor: Actor, work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Resolves when the server answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the pool. Connections are made when they are first needed and closed by `close`. */
export function openDatabase(url: string, options: { maxConnections?: number } = {}): Database {
  const client = postgres(url, { max: options.maxConnections ?? 10, onnotice: () => undefined });
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
    ping: async () => {
      await db.execute(sql`select 1`);
    },
    close: () => client.end({ timeout: 5 }),
  };
}
