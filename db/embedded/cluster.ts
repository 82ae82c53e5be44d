import { createHash, randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { RingbackError } from '../../server/errors.ts';
import { type Account, runAs } from './account.ts';
import type { PostgresBinaries } from './binaries.ts';

/** The superuser of an embedded cluster; owns the schema and runs the migrations. */
export const OWNER = 'ringback_owner';

const ROOT_DATA_HOME = '/var/lib/ringback';

/**
 * The folder that will hold the data, readable by the account: root's home is closed to others,
 * so under root an unreachable `home` is replaced by one in /var/lib named after it.
 */
export function reachableHome(account: Account, home: string): string {
  mkdirSync(home, { recursive: true });
  if (account.kind === 'self') return home;
  try {
    runAs(account, '/bin/sh', ['-c', 'cd "$1"', 'sh', home], { cwd: '/' });
  } catch {
    const replacement = path.join(
      ROOT_DATA_HOME,
      createHash('sha256').update(home).digest('hex').slice(0, 12),
    );
    mkdirSync(replacement, { recursive: true });
    return replacement;
  }
  return home;
}

/**
 * Makes the cluster unless it is there. Made beside its place and renamed into it, so that a killed
 * initdb never looks finished and a lost race against another process is harmless.
 * @returns the owner's password.
 */
export function ensureCluster(account: Account, binaries: PostgresBinaries, home: string): string {
  const data = dataDirectory(home);
  if (!existsSync(path.join(data, 'PG_VERSION'))) createCluster(account, binaries, data);
  const made = Number(readFileSync(path.join(data, 'PG_VERSION'), 'utf8'));
  if (made !== binaries.major) {
    throw new RingbackError(
      'postgres_version',
      `The data in ${data} was made by PostgreSQL ${made}; the programs here are version ${binaries.major}.`,
      {
        remedy: `Set PG_BIN_DIR to a PostgreSQL ${made}, or move the data with pg_dump.`,
      },
    );
  }
  return readFileSync(path.join(data, 'owner.password'), 'utf8').trim();
}

export function dataDirectory(home: string): string {
  return path.join(home, 'data');
}

function createCluster(account: Account, binaries: PostgresBinaries, data: string): void {
  const unfinished = `${data}.making-${process.pid}`;
  const passwordFile = `${unfinished}.password`;
  writeFileSync(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
  mkdirSync(unfinished, { mode: 0o700 });
  if (account.kind === 'other') {
    chownSync(passwordFile, account.uid, account.gid);
    chownSync(unfinished, account.uid, account.gid);
  }
  const locale =
    binaries.major >= 17
      ? ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'] // folds case alike on every system
      : ['--locale=C.UTF-8'];
  runAs(
    account,
    path.join(binaries.directory, 'initdb'),
    [
      '-D',
      unfinished,
      '-U',
      OWNER,
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
      '--no-instructions',
      '--no-sync',
      '--lc-messages=C',
      ...locale,
    ],
    { cwd: '/', env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' } },
  );
  renameSync(passwordFile, path.join(unfinished, 'owner.password'));
  try {
    renameSync(unfinished, data);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(path.join(data, 'PG_VERSION'))) throw error;
  }
}
