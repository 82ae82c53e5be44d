import { createHmac, randomInt, randomUUID } from 'node:crypto';
import { and, eq, gt, isNull, lt, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../../db/connection.ts';
import { challenges } from '../../../db/schema/index.ts';
import { RingbackError } from '../../errors.ts';

export type ChallengeKind = (typeof challenges.$inferSelect)['kind'];

export interface ChallengeRequest {
  kind: ChallengeKind;
  subject: string;
  secret: string;
  validMs: number;
  maxAttempts: number;
  askedFrom: string;
  /** So many in ten minutes, for a subject and from an address; null where nobody outside can ask. */
  limits: { perSubject: number; perAddress: number } | null;
}

const WINDOW = '10 minutes';
const SYSTEM: Actor = { kind: 'system', purpose: 'access' };

/** Secrets that prove who somebody is, once. */
export class Challenges {
  readonly #db: Database;
  readonly #pepper: Buffer;

  /** @param key a secret of the server's that is not in its database. */
  constructor(db: Database, key: string) {
    this.#db = db;
    this.#pepper = createHmac('sha256', 'ringback challenges').update(key).digest();
  }

  /** @throws RingbackError `too_many_codes` when the limits are reached. */
  async open(request: ChallengeRequest): Promise<string> {
    const id = randomUUID();
    const { secret, validMs, limits, ...values } = request;
    return this.#db.as(SYSTEM, async (tx) => {
      if (limits !== null) await assertWithin(tx, request, limits);
      await tx.insert(challenges).values({
        id,
        ...values,
        secret: this.#mac(id, secret),
        expiresAt: sql`now() + make_interval(secs => ${validMs / 1_000})`,
      });
      return id;
    });
  }

  /**
   * Answers a challenge. One statement counts the attempt and uses the challenge up, so that any number of guesses at
   * once cannot pass the limit, nor use it twice.
   * @returns whom it was about, or null when the answer is wrong, late, or one too many.
   */
  async redeem(kind: ChallengeKind, id: string, secret: string): Promise<string | null> {
    const isRight = sql`${challenges.secret} = ${this.#mac(id, secret)}`;
    const [row] = await this.#db.as(SYSTEM, (tx) =>
      tx
        .update(challenges)
        .set({
          attempts: sql`${challenges.attempts} + 1`,
          usedAt: sql`case when ${isRight} then now() end`,
        })
        .where(
          and(
            eq(challenges.id, id),
            eq(challenges.kind, kind),
            isNull(challenges.usedAt),
            lt(challenges.attempts, challenges.maxAttempts),
            gt(challenges.expiresAt, sql`now()`),
          ),
        )
        .returning({ subject: challenges.subject, usedAt: challenges.usedAt }),
    );
    return row?.usedAt == null ? null : row.subject;
  }

  #mac(id: string, secret: string): Buffer {
    return createHmac('sha256', this.#pepper).update(`${id}:${secret}`).digest();
  }
}

async function assertWithin(
  tx: Transaction,
  { kind, subject, askedFrom }: ChallengeRequest,
  limits: NonNullable<ChallengeRequest['limits']>,
): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${subject}))`);
  const [recent] = await tx.execute<{ subject: string; address: string }>(sql`
    select count(*) filter (where subject = ${subject}) as subject,
      count(*) filter (where asked_from = ${askedFrom}) as address
    from challenges where kind = ${kind} and created_at > now() - ${WINDOW}::interval`);
  if (Number(recent?.subject) < limits.perSubject && Number(recent?.address) < limits.perAddress) return;
  throw new RingbackError('too_many_codes', 'Too many codes were asked for.', {
    remedy: 'Wait ten minutes, then ask for one more.',
  });
}

/** Six digits, each as likely as the others. */
export function newCode(): string {
  return String(randomInt(1_000_000)).padStart(6, '0');
}
