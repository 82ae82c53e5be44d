import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { Database } from '../../../db/connection.ts';
import type { Challenges } from './challenges.ts';

const VALID_MS = 24 * 3_600_000;
const ATTEMPTS = 5;

/**
 * The link with which the first admin signs in, printed by a server that has none yet.
 * @returns null when there has been an admin's session or token before.
 */
export async function bootstrapLink(
  db: Database,
  challenges: Challenges,
  publicBaseUrl: string,
): Promise<string | null> {
  const [row] = await db.as({ kind: 'system', purpose: 'first start' }, (tx) =>
    tx.execute<{ known: boolean }>(sql`
      select exists (select 1 from sessions where role = 'admin')
        or exists (select 1 from api_tokens where role = 'admin')
        or exists (select 1 from challenges where kind = 'bootstrap' and expires_at > now()) as known`),
  );
  if (row?.known !== false) return null;
  const secret = randomBytes(32).toString('base64url');
  const id = await challenges.open({
    kind: 'bootstrap',
    subject: 'house',
    secret,
    validMs: VALID_MS,
    maxAttempts: ATTEMPTS,
    askedFrom: 'start',
  });
  return `${publicBaseUrl}/app/bootstrap#${id}.${secret}`;
}
