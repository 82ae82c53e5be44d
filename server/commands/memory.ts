import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { RingbackError } from '../errors.ts';
import { factInWords, timeOf } from '../memory/documents.ts';
import { exportMemory } from '../memory/export.ts';
import { importedMemories, importMemories } from '../memory/import-memories.ts';
import { forgetMatches, matching } from '../memory/matching.ts';
import type { Scope } from '../memory/scope.ts';
import { type House, OPERATOR, personOf, withHouse } from './house.ts';
import { readJsonFile } from './json-file.ts';
import { pull, push } from './memory-homes.ts';
import { show, table } from './output.ts';
import { needed, runSubcommand } from './subcommands.ts';

const USAGE = `npx ringback memory search +15551230000 "words" [--persona brad] [--limit 5] [--json]
npx ringback memory export +15551230000 [--persona brad] [--out file.json]
npx ringback memory import +15551230000 file.json [--persona brad] [--json]     an export, or {"memories": [{"text": ...}]}
npx ringback memory forget +15551230000 "phrase" [--persona brad] [--yes]       shows what would go, and asks
npx ringback memory push [--user +15551230000] [--dry-run]     copies everything to the home in MEMORY_MIRROR
npx ringback memory pull [--user +15551230000] [--from name] [--persona brad] [--dry-run]
                                                               takes over what that home has and we do not
`;

export function memory(args: string[]): Promise<void> {
  return runSubcommand(USAGE, { search, export: exportAll, import: importFile, forget, push, pull }, args);
}

const options = {
  persona: { type: 'string', default: 'brad' },
  json: { type: 'boolean' },
  limit: { type: 'string', default: '5' },
  out: { type: 'string' },
  yes: { type: 'boolean' },
} as const;

async function scopeOf({ db, personas }: House, phone: string, persona: string): Promise<Scope> {
  const { slug } = await personas.current(persona);
  const { id: userId } = await personOf(db, phone);
  return { userId, persona: slug };
}

async function search(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const [phone = '', ...words] = needed(USAGE, positionals, 'The phone number', 'What to look for');
  await withHouse(async (house) => {
    const scope = await scopeOf(house, phone, values.persona);
    const limit = Math.max(1, Number(values.limit) || 5);
    const hits = await house.search.search(OPERATOR, scope, { text: words.join(' ') }, limit);
    const found = hits.map(({ document, score }) => ({
      score: score.toFixed(2),
      when: timeOf(document)?.slice(0, 10),
      who: document.speaker ?? 'fact',
      text: factInWords(document),
    }));
    show(values.json === true, found, () => table(found));
  });
}

async function exportAll(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const [phone = ''] = needed(USAGE, positionals, 'The phone number');
  await withHouse(async (house) => {
    const scope = await scopeOf(house, phone, values.persona);
    const everything = await house.db.as(OPERATOR, (tx) => exportMemory(tx, scope));
    const text = `${JSON.stringify(everything, null, 2)}\n`;
    if (values.out === undefined) return void process.stdout.write(text);
    await writeFile(values.out, text, { mode: 0o600 });
    process.stdout.write(
      `${everything.memories.length} memories and ${everything.turns.length} lines in ${values.out}\n`,
    );
  });
}

async function importFile(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const [phone = '', file = ''] = needed(USAGE, positionals, 'The phone number', 'The file');
  const parsed = importedMemories.safeParse(await readJsonFile(file));
  if (!parsed.success)
    throw new RingbackError('import_invalid', `${file} cannot be imported.`, {
      remedy: z.prettifyError(parsed.error),
    });
  await withHouse(async (house) => {
    const scope = await scopeOf(house, phone, values.persona);
    const count = await house.db.as(OPERATOR, (tx) =>
      importMemories(tx, scope, house.fingerprints, parsed.data),
    );
    show(values.json === true, count, () => table([{ ...count }]));
  });
}

async function forget(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const [phone = '', ...phrase] = needed(USAGE, positionals, 'The phone number', 'The phrase');
  await withHouse(async (house) => {
    const scope = await scopeOf(house, phone, values.persona);
    const found = await house.db.as(OPERATOR, (tx) => matching(tx, scope, phrase.join(' ')));
    const rows = [
      ...found.memories.map(({ text }) => ({ what: 'memory', text })),
      ...found.lines.map(({ speaker, text }) => ({ what: `said by ${speaker}`, text })),
    ];
    process.stdout.write(table(rows));
    if (rows.length === 0 || !(values.yes === true || (await isSure(rows.length)))) return;
    const ids = { memories: found.memories.map(({ id }) => id), lines: found.lines.map(({ id }) => id) };
    const gone = await house.db.as(OPERATOR, (tx) => forgetMatches(tx, scope, house.fingerprints, ids));
    process.stdout.write(`Forgotten for good: ${gone.memories} memories, ${gone.lines} lines.\n`);
  });
}

async function isSure(count: number): Promise<boolean> {
  if (!process.stdin.isTTY) {
    process.stdout.write('Nothing was forgotten; add --yes to forget these.\n');
    return false;
  }
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await lines.question(`Forget these ${count} for good? Type yes: `)).trim() === 'yes';
  } finally {
    lines.close();
  }
}
