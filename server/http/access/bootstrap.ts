import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../../db/connection.ts';
import { challenges as challengeRows } from '../../../db/schema/index.ts';
import { newSecret } from '../../secrets.ts';
import type { Challenges } from './challenges.ts';
import { browserBaseUrl } from './origins.ts';
import { openSession } from './sessions.ts';

export const BOOTSTRAP_PATH = '/app/bootstrap';

const VALID_MS = 24 * 3_600_000;
const ATTEMPTS = 5;
const SYSTEM: Actor = { kind: 'system', purpose: 'first start' };

/**
 * The link with which the first admin signs in, printed at each start while nobody could sign in as admin otherwise;
 * a new link ends the old.
 * @returns null when there is an admin's passkey, session or token that is valid.
 */
export async function bootstrapLink(
  db: Database,
  challenges: Challenges,
  publicBaseUrl: string,
): Promise<string | null> {
  const isNeeded = await db.as(SYSTEM, async (tx) => {
    if (await hasAdmin(tx)) return false;
    await tx
      .update(challengeRows)
      .set({ expiresAt: sql`now()` })
      .where(and(eq(challengeRows.kind, 'bootstrap'), isNull(challengeRows.usedAt)));
    return true;
  });
  if (!isNeeded) return null;
  const { secret } = newSecret();
  const id = await challenges.open({
    kind: 'bootstrap',
    subject: 'house',
    secret,
    validMs: VALID_MS,
    maxAttempts: ATTEMPTS,
    askedFrom: 'start',
    limits: null,
  });
  return `${browserBaseUrl(publicBaseUrl)}${BOOTSTRAP_PATH}/${id}.${secret}`;
}

/** Signs the first admin in. @param key what stands at the end of the link. @returns null when it opens nothing. */
export async function redeemBootstrap(
  db: Database,
  challenges: Challenges,
  key: string,
): Promise<string | null> {
  const [, id, secret] = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([\w-]{43})$/.exec(key) ?? [];
  if (id === undefined || secret === undefined) return null;
  if ((await challenges.redeem('bootstrap', id, secret)) === null) return null;
  if (await db.as(SYSTEM, hasAdmin)) return null; // somebody came another way meanwhile
  return openSession(db, { role: 'admin' });
}

async function hasAdmin(tx: Transaction): Promise<boolean> {
  const [row] = await tx.execute<{ known: boolean }>(sql`
    select exists (select 1 from passkeys where revoked_at is null)
      or exists (select 1 from sessions where role = 'admin' and revoked_at is null and expires_at > now())
      or exists (select 1 from api_tokens where role = 'admin' and revoked_at is null
        and coalesce(expires_at, 'infinity') > now()) as known`);
  return row?.known === true;
}
