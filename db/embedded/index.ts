import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { postgresAccount } from './account.ts';
import { findPostgres } from './binaries.ts';
import { ensureCluster, OWNER, reachableHome } from './cluster.ts';
import { holdPostmaster } from './postmaster.ts';

/** A PostgreSQL of our own, for when DATABASE_URL is unset. */
export interface EmbeddedPostgres {
  /** Connects as the owner of the cluster; `ownerUrl('postgres')` always exists. */
  ownerUrl(database: string): string;
  origin: 'started' | 'adopted';
  /** Lets go of the server, which stops with its last user. An ephemeral one is gone, files and all, when this resolves. */
  stop(): Promise<void>;
}

/** Keeps its data in `home` across starts; several processes may share it at once. */
export async function startPersistentPostgres(home: string): Promise<EmbeddedPostgres> {
  return start(path.resolve(home), ['shared_buffers=64MB'], async (release) => release(false));
}

/** Lives in a temporary folder and is never synced to disk: for demo and tests only. */
export async function startEphemeralPostgres(): Promise<EmbeddedPostgres> {
  const home = mkdtempSync(path.join(os.tmpdir(), 'ringback-postgres-'));
  chmodSync(home, 0o755); // under root the server runs as another account, which must reach its data
  return start(home, ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'], async (release) => {
    await release(true);
    rmSync(home, { recursive: true, force: true });
  });
}

async function start(
  wantedHome: string,
  settings: string[],
  stop: (release: (waitForExit: boolean) => Promise<void>) => Promise<void>,
): Promise<EmbeddedPostgres> {
  const account = postgresAccount();
  const home = reachableHome(account, wantedHome);
  const runtimeCopy = path.join(account.kind === 'other' ? '/var/lib/ringback' : home, 'postgres');
  const binaries = findPostgres(account, runtimeCopy);
  const password = ensureCluster(account, binaries, home);
  const postmaster = await holdPostmaster(account, binaries, home, settings);
  return {
    ownerUrl: (database) =>
      `postgres://${OWNER}:${encodeURIComponent(password)}@127.0.0.1:${postmaster.port}/${database}`,
    origin: postmaster.origin,
    stop: () => stop(postmaster.release),
  };
}
