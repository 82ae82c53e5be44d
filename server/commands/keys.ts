import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { sql } from 'drizzle-orm';
import { KEY_BYTES } from '../security/seal.ts';
import { OPERATOR, withHouse } from './house.ts';
import { show, table } from './output.ts';
import { runSubcommand } from './subcommands.ts';

const USAGE = `npx ringback keys new [name]      prints a new master key for ENCRYPTION_KEYS
npx ringback keys [--json]        which master keys seal how many keys
npx ringback keys rotate          seals every key with the first of ENCRYPTION_KEYS

To change the master key: put a new one first in ENCRYPTION_KEYS of every instance and restart them, run
keys rotate, and take the old one out when keys lists it no more.
`;

export function keys(args: string[]): Promise<void> {
  return runSubcommand(USAGE, { new: newKey, rotate }, args, list);
}

async function newKey([name = `key-${randomBytes(3).toString('hex')}`]: string[]): Promise<void> {
  process.stdout.write(`${name}:${randomBytes(KEY_BYTES).toString('base64')}\n`);
}

async function list(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { json: { type: 'boolean' } } });
  await withHouse(async ({ db }) => {
    const rows = await db.as(OPERATOR, (tx) =>
      tx.execute<{ master: string; keys: number }>(
        sql`select master, count(*)::int as keys from data_keys group by master order by master`,
      ),
    );
    const counts = rows.map(({ master, keys: count }) => ({ master, keys: count }));
    show(values.json === true, counts, () => table(counts));
  });
}

async function rotate(): Promise<void> {
  await withHouse(async ({ keys: all }) => {
    const count = await all.rotate();
    process.stdout.write(`${count} ${count === 1 ? 'key is' : 'keys are'} sealed anew.\n`);
  });
}
