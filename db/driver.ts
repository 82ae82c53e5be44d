import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import type Postgres from 'postgres';

/**
 * The driver, with two defects of postgres 3.4.9 mended while it is loaded; neither is fixed in a release. When a
 * connection is lost within a transaction:
 * - its next write dereferences a socket that is gone, in a callback that nobody can catch: the process ends, and
 *   every call with it (porsager/postgres issues 1066, 1154, 1208);
 * - what the transaction still sends goes to the same connection object, which may meanwhile serve somebody else's
 *   transaction: our `rollback` would end theirs.
 * Both become a rejection. The version is pinned, and another text than the one expected is refused at the start.
 */
interface Mend {
  file: string;
  find: string;
  put: string;
}

const MENDS: readonly Mend[] = [
  {
    file: 'connection.js',
    find: 'const x = socket.write(chunk, fn)',
    put: `if (socket === null) {
      nextWriteTimer !== null && clearImmediate(nextWriteTimer)
      chunk = nextWriteTimer = null
      error(Errors.connection('CONNECTION_CLOSED', options))
      return false
    }
    const x = socket.write(chunk, fn)`,
  },
  {
    file: 'index.js',
    find: 'new Promise((_, reject) => connection.onclose = reject)',
    put: 'new Promise((_, reject) => connection.onclose = e => (lost = e, reject(e)))',
  },
  { file: 'index.js', find: 'let savepoints = 0', put: 'let lost = null, savepoints = 0' },
  {
    file: 'index.js',
    find: `q.catch(e => uncaughtError || (uncaughtError = e))
        c.queue`,
    put: `q.catch(e => uncaughtError || (uncaughtError = e))
        if (lost) return q.reject(lost)
        c.queue`,
  },
];

/** What Node has beside its documented interface, and loaders of other languages use. */
interface Compiling extends Module {
  _compile(text: string, filename: string): void;
}

function load(): typeof Postgres {
  const requireDriver = createRequire(import.meta.url);
  const folder = path.dirname(requireDriver.resolve('postgres'));
  const compile = (file: string) => {
    const filename = path.join(folder, file);
    const mended = new Module(filename) as Compiling;
    mended.filename = filename;
    requireDriver.cache[filename] = mended;
    mended._compile(mend(file, readFileSync(filename, 'utf8')), filename);
    return mended.exports as typeof Postgres;
  };
  compile('connection.js');
  return compile('index.js');
}

function mend(file: string, text: string): string {
  return MENDS.filter((one) => one.file === file).reduce((mended, { find, put }) => {
    if (mended.split(find).length !== 2)
      throw new Error(
        `postgres/${file} is not the one that db/driver.ts mends: install the version that package-lock.json names, or look whether the new one still needs it`,
      );
    return mended.replace(find, () => put);
  }, text);
}

export const postgres = load();
export type { Sql } from 'postgres';
