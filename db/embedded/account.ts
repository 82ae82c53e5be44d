import { execFileSync } from 'node:child_process';
import { RingbackError } from '../../server/errors.ts';

/** The operating-system account that PostgreSQL runs as; it refuses to run as root. */
export type Account = { kind: 'self' } | { kind: 'other'; uid: number; gid: number };

/** Ourselves, or, when we are root, an unprivileged account that every common system has. */
export function postgresAccount(): Account {
  if (process.getuid?.() !== 0) return { kind: 'self' };
  for (const name of ['postgres', 'node', 'nobody']) {
    const uid = accountNumber('-u', name);
    const gid = accountNumber('-g', name);
    if (uid !== undefined && gid !== undefined) return { kind: 'other', uid, gid };
  }
  throw new RingbackError(
    'postgres_account',
    'Running as root, and no unprivileged account exists to run PostgreSQL as.',
    {
      remedy: 'Create an account named postgres, run as an ordinary user, or set DATABASE_URL.',
    },
  );
}

function accountNumber(flag: '-u' | '-g', name: string): number | undefined {
  try {
    return Number(
      execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    );
  } catch {
    return undefined; // no such account here; the next name is tried
  }
}

/** The spawn options that make a child run as the account. */
export function spawnIds(account: Account): { uid?: number; gid?: number } {
  return account.kind === 'other' ? { uid: account.uid, gid: account.gid } : {};
}

/** Runs a program to its end as the account and returns its output; throws with its stderr. */
export function runAs(
  account: Account,
  file: string,
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): string {
  return execFileSync(file, args, {
    ...spawnIds(account),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });
}
