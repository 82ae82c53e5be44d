import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { RingbackError } from './errors.ts';
import { packageRoot } from './paths.ts';
import type { VendorName } from './vendors.ts';

/** What the sandbox prints when it is ready: where each stand-in listens and what opens it. */
export interface SandboxAddress {
  urls: Partial<Record<VendorName, string>>;
  controlUrl: string;
  credentials: { accountSid: string; authToken: string; apiKey: string };
}

export interface SandboxProcess extends SandboxAddress {
  stop(): Promise<void>;
}

const START_DEADLINE_MS = 30_000;

/**
 * Starts the stand-ins in a process of their own. They stop with us: the child watches its standard input,
 * whose other end closes however this process ends.
 */
export async function startSandboxProcess(args: readonly string[] = []): Promise<SandboxProcess> {
  const entry = path.join(packageRoot, 'dist', 'server', 'sandbox', 'main.js');
  if (!existsSync(entry)) {
    throw new RingbackError('sandbox_not_built', 'The sandbox is not compiled.', {
      remedy: 'Run: npm run build',
    });
  }
  const child = spawn(process.execPath, [entry, '--json', '--with-parent', ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = readline.createInterface({ input: child.stdout });
  const exited = once(child, 'exit');
  const timer = setTimeout(() => child.kill(), START_DEADLINE_MS);
  const first = await Promise.race([
    once(lines, 'line').then(([line]) => line as string),
    exited.then(() => null),
  ]);
  clearTimeout(timer);
  if (first === null) {
    throw new RingbackError('sandbox_start', 'The sandbox process ended before it was ready.', {
      remedy: 'Run `npm run sandbox` by itself to see why.',
    });
  }
  lines.on('line', () => undefined); // keep reading, so that the child never waits for us
  return {
    ...(JSON.parse(first) as SandboxAddress),
    async stop() {
      child.stdin.end();
      await exited;
      lines.close();
    },
  };
}
