import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The repository's root folder, found by walking up from this file: the same code runs from
 * `server/` (tests) and from `dist/server/` (everything else), and both need `prompts/` and
 * `db/migrations/`, which are not compiled.
 */
export const packageRoot: string = findPackageRoot(path.dirname(fileURLToPath(import.meta.url)));

function findPackageRoot(from: string): string {
  if (existsSync(path.join(from, 'package.json'))) return from;
  const parent = path.dirname(from);
  if (parent === from) throw new Error('package.json not found above the server code; reinstall Ringback');
  return findPackageRoot(parent);
}
