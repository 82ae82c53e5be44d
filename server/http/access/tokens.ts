import { and, eq, gt, isNull, or, sql } from 'drizzle-orm';
import type { Actor, Database } from '../../../db/connection.ts';
import { apiTokens } from '../../../db/schema/index.ts';
import { hashOf, newSecret } from '../../secrets.ts';

/** Who may use a route. 'public' needs nothing; everything else needs a bearer token of that role. */
export type Role = 'public' | 'admin' | 'user';

const SYSTEM: Actor = { kind: 'system', purpose: 'access' };

/** Makes an API token; this is the one time it can be read. */
export async function issueToken(
  db: Database,
  token: { role: 'admin' | 'user'; userId?: string; label: string },
): Promise<string> {
  const { secret, hash } = newSecret('rb_');
  await db.as(SYSTEM, (tx) => tx.insert(apiTokens).values({ ...token, hash }));
  return secret;
}

/** The actor of an API token that is valid now; undefined for anything else. */
export async function actorOfToken(db: Database, secret: string): Promise<Actor | undefined> {
  const [row] = await db.as(SYSTEM, (tx) =>
    tx
      .select({ id: apiTokens.id, role: apiTokens.role, userId: apiTokens.userId })
      .from(apiTokens)
      .where(
        and(
          eq(apiTokens.hash, hashOf(secret)),
          isNull(apiTokens.revokedAt),
          or(isNull(apiTokens.expiresAt), gt(apiTokens.expiresAt, sql`now()`)),
        ),
      ),
  );
  if (row === undefined) return undefined;
  if (row.role === 'admin') return { kind: 'admin', tokenId: row.id };
  return row.userId === null ? undefined : { kind: 'user', userId: row.userId };
}

/** True when the actor may use a route that asks for `role`. An admin may do what a user may. */
export function mayUse(actor: Actor, role: Exclude<Role, 'public'>): boolean {
  return actor.kind === 'admin' || (role === 'user' && actor.kind === 'user');
}
