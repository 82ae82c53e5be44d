import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Mutant, mutants } from './mutants.ts';

/** npm run simulate:mutants: plants every bug in a copy of the compiled product and lets the simulator look for it. */

const CALLS = 5_000;
const dist = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const workshop = path.join(dist, '.mutants');
const print = (line: string) => process.stdout.write(`${line}\n`);

const queue = [...mutants.entries()];
let missed = 0;
rmSync(workshop, { recursive: true, force: true });
await Promise.all(Array.from({ length: availableParallelism() }, takeTurns));
rmSync(workshop, { recursive: true, force: true });
print(`${mutants.length - missed} passed, ${missed} failed`);
if (missed > 0) process.exitCode = 1;

async function takeTurns(): Promise<void> {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [index, mutant] = next;
    const { code, output } = await simulate(plant(index, mutant));
    const caught = code === 1;
    if (!caught) missed += 1;
    const how = /rule \d+[^\n]*|FAILED: [^\n]*/.exec(output)?.[0] ?? output.slice(-200);
    const calls = /^(\d+) calls/m.exec(output)?.[1] ?? '?';
    print(`${caught ? 'caught' : 'MISSED'}  ${mutant.name}  [${calls} calls; ${how.slice(0, 90)}]`);
  }
}

/** @returns the folder with the spoilt copy. */
function plant(index: number, mutant: Mutant): string {
  const folder = path.join(workshop, String(index));
  mkdirSync(folder, { recursive: true });
  cpSync(path.join(dist, 'test'), path.join(folder, 'test'), { recursive: true });
  cpSync(path.join(dist, 'server'), path.join(folder, 'server'), {
    recursive: true,
    filter: (source) => !source.includes(`${path.sep}sandbox${path.sep}`),
  });
  const file = path.join(folder, 'server', mutant.file);
  const text = readFileSync(file, 'utf8');
  if (text.split(mutant.find).length !== 2)
    throw new Error(
      `mutant "${mutant.name}": its place occurs ${text.split(mutant.find).length - 1} times in ${mutant.file}; bring the list up to date`,
    );
  writeFileSync(
    file,
    text.replace(mutant.find, () => mutant.replace),
  );
  return folder;
}

function simulate(folder: string): Promise<{ code: number | null; output: string }> {
  const main = path.join(folder, 'test', 'simulation', 'main.js');
  const child = spawn(process.execPath, [main, '--calls', String(CALLS), '--workers', '1'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    output += data.toString();
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}
