import { eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { settings } from '../../db/schema/index.ts';
import { RingbackError } from '../errors.ts';
import { type DialPolicy, dialPolicySchema, NOTHING_PAUSED, type Pause, pauseSchema } from './policy.ts';

/** A setting with the number of its version; 0 while nobody has changed it. */
export interface Versioned<T> {
  version: number;
  value: T;
}

const SYSTEM: Actor = { kind: 'system', purpose: 'dial settings' };

/** What the admins set for dialling: the policy's figures, and what stands still. */
export class DialSettings {
  readonly #db: Database;
  readonly #defaults: DialPolicy;

  /** @param defaults hold for what nobody has set. */
  constructor(db: Database, defaults: DialPolicy) {
    this.#db = db;
    this.#defaults = defaults;
  }

  /** Only what differs from the defaults is stored, so that a new figure comes with its default. */
  async policyIn(tx: Transaction): Promise<Versioned<DialPolicy>> {
    const row = await read(tx, 'dialing');
    const own = row === undefined ? {} : dialPolicySchema.partial().parse(row.value);
    return { version: row?.version ?? 0, value: { ...this.#defaults, ...own } as DialPolicy };
  }

  async pauseIn(tx: Transaction): Promise<Versioned<Pause>> {
    const row = await read(tx, 'pause');
    return {
      version: row?.version ?? 0,
      value: row === undefined ? NOTHING_PAUSED : pauseSchema.parse(row.value),
    };
  }

  policy(): Promise<Versioned<DialPolicy>> {
    return this.#db.as(SYSTEM, (tx) => this.policyIn(tx));
  }

  pause(): Promise<Versioned<Pause>> {
    return this.#db.as(SYSTEM, (tx) => this.pauseIn(tx));
  }

  /**
   * Changes some figures; the others stay.
   * @param seen the version that the change was made from.
   * @throws RingbackError `setting_changed` when somebody else was quicker.
   */
  changePolicy(change: Partial<DialPolicy>, seen: number): Promise<Versioned<DialPolicy>> {
    return this.#db.as(SYSTEM, async (tx) => {
      const before = await read(tx, 'dialing');
      await write(tx, 'dialing', { ...(before?.value as object), ...change }, seen);
      return this.policyIn(tx);
    });
  }

  /** @throws RingbackError `setting_changed` when somebody else was quicker. */
  changePause(pause: Pause, seen: number): Promise<Versioned<Pause>> {
    return this.#db.as(SYSTEM, async (tx) => {
      await write(tx, 'pause', pause, seen);
      return this.pauseIn(tx);
    });
  }
}

async function read(tx: Transaction, name: string) {
  const [row] = await tx.select().from(settings).where(eq(settings.name, name));
  return row;
}

async function write(tx: Transaction, name: string, value: z.core.util.JSONType | object, seen: number) {
  const [written] =
    seen === 0
      ? await tx.insert(settings).values({ name, value }).onConflictDoNothing().returning()
      : await tx
          .update(settings)
          .set({ value, version: seen + 1, updatedAt: sql`now()` })
          .where(sql`${settings.name} = ${name} and ${settings.version} = ${seen}`)
          .returning();
  if (written !== undefined) return;
  throw new RingbackError('setting_changed', 'Somebody has changed this setting since you read it.', {
    remedy: 'Read it again and repeat your change with the new version.',
  });
}
