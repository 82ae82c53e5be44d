import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { consents, numberProofs } from '../../db/schema/index.ts';

export type Consent = typeof consents.$inferSelect;
export type ConsentKind = Consent['kind'];

/** What somebody agreed to, and how we know. */
export interface GivenConsent {
  phoneNumber: string;
  kind: ConsentKind;
  given: Consent['given'];
  textShown: string;
  attestedBy?: string;
  callId?: string;
}

const SYSTEM: Actor = { kind: 'system', purpose: 'consents' };

/** Who agreed to what, on which number, in which words; and which numbers are proven. */
export class Consents {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Writes down that somebody agreed. While they have agreed already, the first time stands. */
  give(consent: GivenConsent): Promise<void> {
    return this.#db.as(SYSTEM, (tx) => giveConsent(tx, consent));
  }

  /** @returns whether there was such a consent. */
  async withdraw(phoneNumber: string, kind: ConsentKind): Promise<boolean> {
    const ended = await this.#db.as(SYSTEM, (tx) =>
      tx
        .update(consents)
        .set({ withdrawnAt: sql`now()` })
        .where(
          and(eq(consents.phoneNumber, phoneNumber), eq(consents.kind, kind), isNull(consents.withdrawnAt)),
        )
        .returning({ id: consents.id }),
    );
    return ended.length > 0;
  }

  /**
   * They said no, in a call: nothing is in force any more, and that they were asked is kept.
   * @param textShown the question.
   */
  async refuse(phoneNumber: string, kind: ConsentKind, callId: string, textShown: string): Promise<void> {
    if (await this.withdraw(phoneNumber, kind)) return;
    await this.#db.as(SYSTEM, (tx) =>
      tx
        .insert(consents)
        .values({ phoneNumber, kind, given: 'voice', textShown, callId, withdrawnAt: sql`now()` }),
    );
  }

  /** What they said last: refused, where they said no or took their yes back. */
  async standing(phoneNumber: string, kind: ConsentKind): Promise<'given' | 'refused' | 'unasked'> {
    const rows = await this.#db.as(SYSTEM, (tx) =>
      tx
        .select({ withdrawnAt: consents.withdrawnAt })
        .from(consents)
        .where(and(eq(consents.phoneNumber, phoneNumber), eq(consents.kind, kind))),
    );
    if (rows.some(({ withdrawnAt }) => withdrawnAt === null)) return 'given';
    return rows.length > 0 ? 'refused' : 'unasked';
  }

  async has(phoneNumber: string, kind: ConsentKind): Promise<boolean> {
    const rows = await this.#db.as(SYSTEM, (tx) =>
      tx
        .select({ id: consents.id })
        .from(consents)
        .where(
          and(eq(consents.phoneNumber, phoneNumber), eq(consents.kind, kind), isNull(consents.withdrawnAt)),
        ),
    );
    return rows.length > 0;
  }

  /** All of one number, newest first, or the newest of all. */
  list(phoneNumber: string | null, limit: number): Promise<Consent[]> {
    return this.#db.as(SYSTEM, (tx) =>
      tx
        .select()
        .from(consents)
        .where(phoneNumber === null ? undefined : eq(consents.phoneNumber, phoneNumber))
        .orderBy(desc(consents.at))
        .limit(limit),
    );
  }

  /** Somebody has shown that this number is theirs. */
  async prove(phoneNumber: string, how: 'code' | 'text'): Promise<void> {
    await this.#db.as(SYSTEM, (tx) =>
      tx.insert(numberProofs).values({ phoneNumber, how }).onConflictDoNothing(),
    );
  }

  async isProven(phoneNumber: string): Promise<boolean> {
    const rows = await this.#db.as(SYSTEM, (tx) =>
      tx
        .select({ phoneNumber: numberProofs.phoneNumber })
        .from(numberProofs)
        .where(eq(numberProofs.phoneNumber, phoneNumber)),
    );
    return rows.length > 0;
  }
}

/** In the transaction that needs it. */
export async function giveConsent(tx: Transaction, consent: GivenConsent): Promise<void> {
  await tx.insert(consents).values(consent).onConflictDoNothing();
}
