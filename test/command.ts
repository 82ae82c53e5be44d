import { execFile } from 'node:child_process';
import path from 'node:path';
import { packageRoot } from '../server/paths.ts';

export interface Ran {
  code: number;
  out: string;
  errors: string;
}

/** Runs `npx ringback ...` as a process of its own, with nothing on its input. */
export function runCommand(args: readonly string[], env: Record<string, string>): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [path.join(packageRoot, 'dist', 'server', 'commands', 'main.js'), ...args],
      { env: { PATH: process.env.PATH, ...env } },
      (_error, out, errors) => resolve({ code: child.exitCode ?? -1, out, errors }),
    );
    child.stdin?.end();
  });
}
