import { and, desc, eq, gt, isNull, or, sql } from 'drizzle-orm';
import type { Actor, Database } from '../../../db/connection.ts';
import { apiTokens } from '../../../db/schema/index.ts';
import { RingbackError } from '../../errors.ts';
import { hashOf, newSecret } from '../../secrets.ts';

/** Who may use a route. 'public' needs nothing; everything else needs a bearer token of that role. */
export type Role = 'public' | 'admin' | 'user';

/** Somebody who proved who they are, and what of their role they may use here. */
export interface Caller {
  actor: Actor;
  scopes: readonly string[];
}

const SYSTEM: Actor = { kind: 'system', purpose: 'access' };

/** Makes an API token; this is the one time it can be read. */
export async function issueToken(
  db: Database,
  token: { role: 'admin' | 'user'; userId?: string; label: string; scopes?: string[]; expiresAt?: Date },
): Promise<string> {
  const { secret, hash } = newSecret('rb_');
  await db.as(SYSTEM, (tx) => tx.insert(apiTokens).values({ ...token, hash }));
  return secret;
}

/** Every token, without what would open anything. */
export function listTokens(db: Database, actor: Actor) {
  return db.as(actor, async (tx) => {
    const rows = await tx.select().from(apiTokens).orderBy(desc(apiTokens.createdAt));
    return rows.map(({ hash: _hash, ...token }) => token);
  });
}

/** Takes a token out of use. @throws RingbackError `token_unknown`. */
export async function revokeToken(db: Database, actor: Actor, id: string): Promise<void> {
  const [row] = await db.as(actor, (tx) =>
    tx
      .update(apiTokens)
      .set({ revokedAt: sql`coalesce(${apiTokens.revokedAt}, now())` })
      .where(eq(apiTokens.id, id))
      .returning({ id: apiTokens.id }),
  );
  if (row === undefined)
    throw new RingbackError('token_unknown', 'There is no such token.', { remedy: 'Check the id.' });
}

/** Whom an API token that is valid now speaks for, and what it may do; undefined for anything else. */
export async function callerOfToken(db: Database, secret: string): Promise<Caller | undefined> {
  const [row] = await db.as(SYSTEM, (tx) =>
    tx
      .select({
        id: apiTokens.id,
        role: apiTokens.role,
        userId: apiTokens.userId,
        scopes: apiTokens.scopes,
      })
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
  const { scopes } = row;
  if (row.role === 'admin') return { actor: { kind: 'admin', tokenId: row.id }, scopes };
  return row.userId === null ? undefined : { actor: { kind: 'user', userId: row.userId }, scopes };
}

/** True when the actor may use a route that asks for `role`. An admin may do what a user may. */
export function mayUse(actor: Actor, role: Exclude<Role, 'public'>): boolean {
  return actor.kind === 'admin' || (role === 'user' && actor.kind === 'user');
}
