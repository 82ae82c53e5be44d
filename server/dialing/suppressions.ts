import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import type { Actor, Database } from '../../db/connection.ts';
import { suppressions, users } from '../../db/schema/index.ts';
import { describeError, RingbackError } from '../errors.ts';
import type { Logger } from '../log.ts';

export type Suppression = typeof suppressions.$inferSelect;
export type SuppressionSource = Suppression['source'];

const SYSTEM: Actor = { kind: 'system', purpose: 'suppressions' };

/** Numbers whose people want no calls. Said in a call, by key, by text or on the web: all write here, and every dial looks. */
export class Suppressions {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Calls a number no more. A second time changes nothing. */
  async suppress(
    phoneNumber: string,
    source: SuppressionSource,
    callId: string | null = null,
  ): Promise<void> {
    await this.#db.as(SYSTEM, (tx) =>
      tx.insert(suppressions).values({ phoneNumber, source, callId }).onConflictDoNothing(),
    );
  }

  /**
   * Lets a number be called again.
   * @param said only where it had been said in this way: whoever writes START takes back their STOP, not their word.
   * @returns whether it was suppressed.
   */
  async lift(phoneNumber: string, by: 'user' | 'admin' | 'text', said?: SuppressionSource): Promise<boolean> {
    const lifted = await this.#db.as(SYSTEM, (tx) =>
      tx
        .update(suppressions)
        .set({ liftedAt: sql`now()`, liftedBy: by })
        .where(
          and(
            eq(suppressions.phoneNumber, phoneNumber),
            isNull(suppressions.liftedAt),
            said === undefined ? undefined : eq(suppressions.source, said),
          ),
        )
        .returning({ id: suppressions.id }),
    );
    return lifted.length > 0;
  }

  /** In force first, then those that were lifted. */
  list(actor: Actor, limit: number): Promise<Suppression[]> {
    return this.#db.as(actor, (tx) =>
      tx
        .select()
        .from(suppressions)
        .orderBy(sql`${suppressions.liftedAt} is not null`, desc(suppressions.at))
        .limit(limit),
    );
  }

  async numberOf(userId: string): Promise<string> {
    const [row] = await this.#db.as(SYSTEM, (tx) =>
      tx.select({ phoneNumber: users.phoneNumber }).from(users).where(eq(users.id, userId)),
    );
    if (row !== undefined) return row.phoneNumber;
    throw new RingbackError('user_unknown', 'There is no such user.', { remedy: 'Check the userId.' });
  }

  async isSuppressed(phoneNumber: string): Promise<boolean> {
    const rows = await this.#db.as(SYSTEM, (tx) =>
      tx
        .select({ id: suppressions.id })
        .from(suppressions)
        .where(and(eq(suppressions.phoneNumber, phoneNumber), isNull(suppressions.liftedAt))),
    );
    return rows.length > 0;
  }

  /** @throws RingbackError `number_suppressed`. */
  async assertNotSuppressed(phoneNumber: string): Promise<void> {
    if (!(await this.isSuppressed(phoneNumber))) return;
    throw new RingbackError('number_suppressed', 'Whoever answers this number wants no calls.', {
      remedy:
        'They can change that themselves: with POST /api/user/calls-welcome, or with START where they wrote STOP.',
    });
  }
}

/** Somebody said in a call that they want no more of them. Never fails: the call goes on to its end either way. */
export async function noteOptOut(
  { suppressions: all, log }: { suppressions: Suppressions; log: Logger },
  { callId, phoneNumber }: { callId: string; phoneNumber: string },
  how: 'voice' | 'key' | 'wrong-number',
): Promise<void> {
  try {
    await all.suppress(phoneNumber, how, callId);
  } catch (error) {
    log.error({ callId, problem: describeError(error) }, 'an opt-out could not be written down');
  }
}
