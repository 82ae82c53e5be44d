import { and, eq, gt, isNull, sql } from 'drizzle-orm';
import type { Actor, Database } from '../../../db/connection.ts';
import { sessions } from '../../../db/schema/index.ts';
import { hashOf, newSecret } from '../../secrets.ts';

const SYSTEM: Actor = { kind: 'system', purpose: 'access' };
const VALID_FOR = { admin: '12 hours', user: '30 days' } as const;
const PREFIX = 'rs_';

/** Signs somebody in. Only the hash of what they hold is kept. */
export async function openSession(
  db: Database,
  holder: { role: 'admin'; passkeyId?: string } | { role: 'user'; userId: string },
): Promise<string> {
  const { secret, hash } = newSecret(PREFIX);
  await db.as(SYSTEM, (tx) =>
    tx.insert(sessions).values({
      hash,
      role: holder.role,
      userId: holder.role === 'user' ? holder.userId : null,
      passkeyId: holder.role === 'admin' ? holder.passkeyId : null,
      expiresAt: sql`now() + ${VALID_FOR[holder.role]}::interval`,
    }),
  );
  return secret;
}

/** The actor of a session that is valid now; undefined for anything else. */
export async function actorOfSession(db: Database, secret: string): Promise<Actor | undefined> {
  if (!secret.startsWith(PREFIX)) return undefined;
  const [row] = await db.as(SYSTEM, (tx) =>
    tx
      .select()
      .from(sessions)
      .where(
        and(
          eq(sessions.hash, hashOf(secret)),
          isNull(sessions.revokedAt),
          gt(sessions.expiresAt, sql`now()`),
        ),
      ),
  );
  if (row === undefined) return undefined;
  if (row.role === 'admin') return { kind: 'admin', tokenId: row.id };
  return row.userId === null ? undefined : { kind: 'user', userId: row.userId };
}

/** Signs out; what is not a session is left alone. */
export async function closeSession(db: Database, secret: string): Promise<void> {
  await db.as(SYSTEM, (tx) =>
    tx
      .update(sessions)
      .set({ revokedAt: sql`now()` })
      .where(eq(sessions.hash, hashOf(secret))),
  );
}
