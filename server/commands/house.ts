import { eq } from 'drizzle-orm';
import { type Actor, type Database, openDatabase } from '../../db/connection.ts';
import { migrateDatabase } from '../../db/migrate.ts';
import { users } from '../../db/schema/index.ts';
import { prepareServerRole } from '../../db/server-role.ts';
import { systemClock } from '../clock.ts';
import { type Config, loadConfig } from '../config.ts';
import { RateCards } from '../cost/rate-card-store.ts';
import { RingbackError } from '../errors.ts';
import { openModels } from '../llm/configured.ts';
import { createLogger, type Logger } from '../log.ts';
import { openRemembering, type Remembering } from '../remembering.ts';
import { withSandbox } from '../sandbox-settings.ts';
import { Keys } from '../security/keys.ts';
import { derivedMasterKey } from '../security/master-keys.ts';
import { withDatabase } from './database.ts';
import { loadDotEnv } from './environment.ts';

/** Everything that a command may need of the house, without a server: it works beside one that runs. */
export interface House extends Remembering {
  config: Config;
  db: Database;
  keys: Keys;
  log: Logger;
}

/** Commands act for whoever may start them. */
export const OPERATOR: Actor = { kind: 'system', purpose: 'command line' };

/**
 * Opens the house as configured, runs `work`, and closes it again.
 * @param options.models with the language models, from the sandbox where they have no key.
 * @param options.syncsPersonas false leaves that to `work`.
 */
export async function withHouse(
  work: (house: House) => Promise<void>,
  { models = false, syncsPersonas = true }: { models?: boolean; syncsPersonas?: boolean } = {},
): Promise<void> {
  loadDotEnv();
  const log = createLogger(process.env.LOG_LEVEL ?? 'warn');
  const closers: Array<() => void | Promise<void>> = [];
  const configured = loadConfig(process.env);
  await withDatabase(configured.databaseUrl, async (ownerUrl) => {
    try {
      await migrateDatabase(ownerUrl);
      const databaseUrl = await prepareServerRole(ownerUrl);
      const db = openDatabase(databaseUrl, { maxConnections: 4 });
      closers.push(() => db.close());
      const config = models ? await withSandbox(configured, closers) : configured;
      const keys = await Keys.open(db, [...config.encryptionKeys, derivedMasterKey(databaseUrl)]);
      const rateCards = new RateCards(db, systemClock);
      await rateCards.ensureDefaults();
      const opened = models ? openModels(config, null, log) : null;
      if (opened !== null) closers.push(() => opened.close());
      const parts = { config, db, databaseUrl, keys, rateCards, models: opened?.structured ?? [], log };
      const remembering = await openRemembering(parts);
      if (syncsPersonas) await remembering.personas.sync();
      await work({ ...remembering, config, db, keys, log });
    } finally {
      for (const close of closers.reverse()) await close();
    }
  });
}

export type Person = typeof users.$inferSelect;

/** @throws RingbackError `user_unknown`. */
export async function personOf(db: Database, phoneNumber: string): Promise<Person> {
  const [row] = await db.as(OPERATOR, (tx) =>
    tx.select().from(users).where(eq(users.phoneNumber, phoneNumber)),
  );
  if (row !== undefined) return row;
  throw new RingbackError('user_unknown', `Nobody is known under ${phoneNumber}.`, {
    remedy: 'Give the number with its country code, such as +15551230000; conversations lists who is known.',
  });
}

export async function everybody(db: Database): Promise<Person[]> {
  return db.as(OPERATOR, (tx) => tx.select().from(users).orderBy(users.createdAt));
}
