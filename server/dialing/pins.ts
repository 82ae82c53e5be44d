import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { eq, sql } from 'drizzle-orm';
import type { Actor, Database } from '../../db/connection.ts';
import { callPreferences } from '../../db/schema/index.ts';

const derive = promisify(scrypt) as (secret: string, salt: Buffer, length: number) => Promise<Buffer>;

const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** Of four digits, ten guesses find one PIN in a thousand. */
const MOST_FAILURES = 10;
const SYSTEM: Actor = { kind: 'system', purpose: 'check a PIN' };

/** What is stored of a PIN: its salt, and scrypt of both. */
export async function hashPin(pin: string): Promise<Buffer> {
  const salt = randomBytes(SALT_BYTES);
  return Buffer.concat([salt, await derive(pin, salt, HASH_BYTES)]);
}

/** PINs by which people who call in are known: a number is a claim. */
export class Pins {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Whether somebody has a PIN that can still be right. */
  async isUsable(userId: string): Promise<boolean> {
    const row = await this.#row(userId);
    return row?.pinHash != null && row.pinFailures < MOST_FAILURES;
  }

  /** Counts a wrong one before it is compared, so that guesses at the same time cannot pass the limit. */
  async check(userId: string, pin: string): Promise<boolean> {
    const [row] = await this.#db.as(SYSTEM, (tx) =>
      tx
        .update(callPreferences)
        .set({ pinFailures: sql`${callPreferences.pinFailures} + 1` })
        .where(
          sql`${callPreferences.userId} = ${userId} and ${callPreferences.pinFailures} < ${MOST_FAILURES}`,
        )
        .returning({ pinHash: callPreferences.pinHash }),
    );
    if (row?.pinHash == null) return false;
    const salt = row.pinHash.subarray(0, SALT_BYTES);
    const isRight = timingSafeEqual(await derive(pin, salt, HASH_BYTES), row.pinHash.subarray(SALT_BYTES));
    if (isRight)
      await this.#db.as(SYSTEM, (tx) =>
        tx.update(callPreferences).set({ pinFailures: 0 }).where(eq(callPreferences.userId, userId)),
      );
    return isRight;
  }

  async #row(userId: string) {
    const [row] = await this.#db.as(SYSTEM, (tx) =>
      tx.select().from(callPreferences).where(eq(callPreferences.userId, userId)),
    );
    return row;
  }
}
