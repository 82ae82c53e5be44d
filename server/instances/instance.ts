import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import type { Actor, Database } from '../../db/connection.ts';
import type { Leadership } from '../../db/leadership.ts';
import { instances } from '../../db/schema/index.ts';
import type { CancelTimer, Clock } from '../clock.ts';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { LoopLag } from './loop-lag.ts';
import { BEAT_MS, DATABASE_ANSWERS_WITHIN_MS, GONE_AFTER_SECONDS } from './tunables.ts';
import type { VendorWatch } from './vendor-watch.ts';

export interface InstanceParts {
  db: Database;
  leadership: Leadership;
  vendors: VendorWatch;
  lag: LoopLag;
  /** Where its media socket can be reached. */
  url: string;
  version: string;
  liveCalls(): number;
  clock: Clock;
  log: Logger;
}

const SYSTEM: Actor = { kind: 'system', purpose: 'say that an instance is there' };

/** This process among all that serve one database: says that it is there, and knows whether it should be asked for anything. */
export class Instance {
  readonly id = randomUUID();
  readonly #parts: InstanceParts;
  #cancel: CancelTimer = () => undefined;
  #writing: Promise<void> | null = null;
  #state: 'starting' | 'serving' | 'draining' | 'stopped' = 'starting';

  constructor(parts: InstanceParts) {
    this.#parts = parts;
  }

  /** From now on it is there, and asked for calls. */
  async serve(): Promise<void> {
    this.#parts.lag.sample();
    await Promise.all([this.#parts.vendors.probe(), this.#write()]);
    this.#state = 'serving';
    this.#schedule();
  }

  /** Takes nothing new; what goes on goes on. */
  async drain(): Promise<void> {
    this.#state = 'draining';
    await this.#write();
  }

  async stop(): Promise<void> {
    this.#state = 'stopped';
    this.#cancel();
    await this.#writing;
    const { db, lag, leadership } = this.#parts;
    lag.close();
    await db.as(SYSTEM, (tx) => tx.delete(instances).where(eq(instances.id, this.id)));
    await leadership.close();
  }

  /** Whether it does what only one instance should. */
  get leads(): boolean {
    return this.#parts.leadership.leads;
  }

  /** Why nothing should be sent here at present; empty when it can serve. Within two seconds. */
  async reasonsNotReady(): Promise<string[]> {
    const { vendors } = this.#parts;
    return [
      ...(this.#state === 'serving' ? [] : [this.#state]),
      ...((await this.#databaseAnswers()) ? [] : ['database']),
      ...vendors.missing,
    ];
  }

  async #databaseAnswers(): Promise<boolean> {
    const { db, clock } = this.#parts;
    const tooLate = new AbortController();
    const answer = db.ping().then(
      () => true,
      () => false,
    );
    const timeout = new Promise<boolean>((resolve) => {
      const cancel = clock.after(DATABASE_ANSWERS_WITHIN_MS, () => resolve(false));
      tooLate.signal.addEventListener('abort', cancel);
    });
    const answers = await Promise.race([answer, timeout]);
    tooLate.abort();
    return answers;
  }

  #schedule(): void {
    this.#cancel = this.#parts.clock.after(BEAT_MS, () => {
      this.#parts.lag.sample();
      void this.#parts.vendors.probe();
      // A database that hangs is not asked again by every beat.
      this.#writing ??= this.#write().finally(() => {
        this.#writing = null;
      });
      this.#schedule();
    });
  }

  /** Never rejects: an instance that cannot say that it is there goes on with its calls. */
  async #write(): Promise<void> {
    const { db, leadership, vendors, lag, url, version, liveCalls, log } = this.#parts;
    try {
      await leadership.look();
      const now = { liveCalls: liveCalls(), loopLagMs: lag.lastMs, vendorsDown: vendors.down };
      await db.as(SYSTEM, async (tx) => {
        await tx
          .insert(instances)
          .values({ id: this.id, url, version, ...now })
          .onConflictDoUpdate({
            target: instances.id,
            set: {
              ...now,
              seenAt: sql`now()`,
              ...(this.#state === 'draining'
                ? { drainingSince: sql`coalesce(${instances.drainingSince}, now())` }
                : {}),
            },
          });
      });
    } catch (error) {
      log.warn({ problem: describeError(error) }, 'this instance cannot say that it is there');
    }
  }
}

/** Those that said lately that they are there. */
export function listInstances(db: Database, actor: Actor) {
  return db.as(actor, (tx) =>
    tx
      .select()
      .from(instances)
      .where(sql`${instances.seenAt} > now() - make_interval(secs => ${GONE_AFTER_SECONDS})`)
      .orderBy(instances.startedAt),
  );
}
