import { eq } from 'drizzle-orm';
import type { Actor, Database } from '../../../db/connection.ts';
import { users } from '../../../db/schema/index.ts';

/** The user who has a number; null when nobody has. */
export async function userIdOf(db: Database, phoneNumber: string): Promise<string | null> {
  const [row] = await db.as({ kind: 'system', purpose: 'sign in' }, (tx) =>
    tx.select({ id: users.id }).from(users).where(eq(users.phoneNumber, phoneNumber)),
  );
  return row?.id ?? null;
}

export async function nameOfUser(db: Database, actor: Extract<Actor, { kind: 'user' }>): Promise<string> {
  const [row] = await db.as(actor, (tx) =>
    tx.select({ displayName: users.displayName }).from(users).where(eq(users.id, actor.userId)),
  );
  return row?.displayName ?? '';
}
