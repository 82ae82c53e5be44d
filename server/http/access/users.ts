import { eq } from 'drizzle-orm';
import type { Actor, Database } from '../../../db/connection.ts';
import { payers, users } from '../../../db/schema/index.ts';
import { ensureUser } from '../../call/callee.ts';

/** Whether somebody may sign in with a number. Changes nothing: anybody may ask. */
export async function isKnownNumber(db: Database, phoneNumber: string): Promise<boolean> {
  return db.as({ kind: 'system', purpose: 'sign in' }, async (tx) => {
    const [user] = await tx.select({ id: users.id }).from(users).where(eq(users.phoneNumber, phoneNumber));
    if (user !== undefined) return true;
    const [payer] = await tx
      .select({ id: payers.id })
      .from(payers)
      .where(eq(payers.phoneNumber, phoneNumber))
      .limit(1);
    return payer !== undefined;
  });
}

/**
 * Who signs in with a number that is theirs: a user, or somebody who pays and has been none yet; they are one from then on.
 * @returns null when nobody has it.
 */
export async function userIdOf(db: Database, phoneNumber: string): Promise<string | null> {
  return db.as({ kind: 'system', purpose: 'sign in' }, async (tx) => {
    const [user] = await tx.select({ id: users.id }).from(users).where(eq(users.phoneNumber, phoneNumber));
    if (user !== undefined) return user.id;
    const [payer] = await tx.select().from(payers).where(eq(payers.phoneNumber, phoneNumber)).limit(1);
    return payer === undefined ? null : (await ensureUser(tx, phoneNumber, payer.displayName)).id;
  });
}

export async function nameOfUser(db: Database, actor: Extract<Actor, { kind: 'user' }>): Promise<string> {
  const [row] = await db.as(actor, (tx) =>
    tx.select({ displayName: users.displayName }).from(users).where(eq(users.id, actor.userId)),
  );
  return row?.displayName ?? '';
}
