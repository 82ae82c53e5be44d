#!/usr/bin/env node
// Compiles what is stale, then runs a command from dist/. Plain JavaScript, because it runs before anything is compiled.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const stamp = path.join(root, 'dist', '.tsbuildinfo');
const lock = path.join(root, 'dist', '.building');
const webStamp = path.join(root, 'dist', 'web', 'index.html');
const bundler = path.join(root, 'node_modules', 'vite', 'bin', 'vite.js');
const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');

const SOURCE = /\.(?:ts|tsx|mts|json|html|svg|css)$/;
const needsWeb = process.argv[2] === 'start';
if (isStale()) buildOnce();
await import(pathToFileURL(path.join(root, 'dist', 'server', 'commands', 'main.js')).href);

/** True when a source is newer than the last build. A deployment without sources or compiler runs what it has. */
function isStale() {
  return isServerStale() || (needsWeb && isWebStale());
}

function isWebStale() {
  if (!existsSync(bundler)) return false;
  return !existsSync(webStamp) || newestChange(path.join(root, 'web')) > statSync(webStamp).mtimeMs;
}

function isServerStale() {
  if (!existsSync(compiler)) return false;
  if (!existsSync(stamp)) return true;
  const built = statSync(stamp).mtimeMs;
  return [
    'server',
    'db',
    'test/simulation',
    'test/load',
    'test/chaos',
    'test/chaos-calls',
    'tsconfig.json',
    'tsconfig.build.json',
  ].some((name) => newestChange(path.join(root, name)) > built);
}

function newestChange(file) {
  const stat = statSync(file);
  if (!stat.isDirectory()) return SOURCE.test(file) ? stat.mtimeMs : 0;
  return Math.max(0, ...readdirSync(file).map((name) => newestChange(path.join(file, name))));
}

/** Two commands started at once must not both write dist/: the second waits for the first. */
function buildOnce() {
  mkdirSync(path.dirname(lock), { recursive: true });
  while (!takeLock()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  try {
    if (isServerStale()) {
      run(compiler, '-p', path.join(root, 'tsconfig.build.json'));
      writeFileSync(stamp, readFileSync(stamp)); // the compiler leaves it alone when nothing it emits changed
    }
    if (needsWeb && isWebStale())
      run(bundler, 'build', '--config', path.join(root, 'web', 'vite.config.mts'), '--logLevel', 'warn');
  } finally {
    rmSync(lock, { force: true });
  }
}

function run(...script) {
  const { status } = spawnSync(process.execPath, script, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

function takeLock() {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    const holder = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0;
    if (holder > 0 && !isAlive(holder)) rmSync(lock, { force: true });
    return false;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
