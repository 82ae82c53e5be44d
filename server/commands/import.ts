import { parseArgs } from 'node:util';
import { z } from 'zod';
import { RingbackError } from '../errors.ts';
import { accountabilityDump, importAccountability } from '../importing/accountability.ts';
import { callMeBackDump, importCallMeBack } from '../importing/call-me-back.ts';
import type { Counts, ImportParts } from '../importing/dump.ts';
import { OPERATOR, withHouse } from './house.ts';
import { readJsonFile } from './json-file.ts';
import { show, table } from './output.ts';
import { needed, runSubcommand } from './subcommands.ts';

const USAGE = `npx ringback import call-me-back dump.json [--persona <their id>=brad] [--dry-run] [--json]
npx ringback import accountability dump.json [--persona default=mara] [--dry-run] [--json]

Takes over what the systems before Ringback kept; docs/migrating.md describes the files. All or nothing, and again
whenever you like: nothing is added twice. --dry-run does it all and takes it back.
`;

export function importDump(args: string[]): Promise<void> {
  return runSubcommand(
    USAGE,
    {
      'call-me-back': (rest) => run(rest, callMeBackDump, importCallMeBack),
      accountability: (rest) => run(rest, accountabilityDump, importAccountability),
    },
    args,
  );
}

/** Says that a dry run is over, and has the transaction taken back. */
class DryRun extends Error {
  readonly counts: Counts;

  constructor(counts: Counts) {
    super('dry run');
    this.counts = counts;
  }
}

async function run<Dump>(
  args: string[],
  schema: z.ZodType<Dump>,
  take: (parts: ImportParts, dump: Dump) => Promise<Counts>,
): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    options: {
      persona: { type: 'string', multiple: true, default: [] },
      'dry-run': { type: 'boolean' },
      json: { type: 'boolean' },
    },
    allowPositionals: true,
  });
  const [file = ''] = needed(USAGE, positionals, 'The file');
  const parsed = schema.safeParse(await readJsonFile(file));
  if (!parsed.success)
    throw new RingbackError('import_invalid', `${file} is not the dump that was expected.`, {
      remedy: z.prettifyError(parsed.error),
    });
  await withHouse(async ({ db, fingerprints, personas }) => {
    const slugs = new Set((await personas.list(OPERATOR)).map(({ slug }) => slug));
    const named = new Map(values.persona.map((pair) => pairOf(pair)));
    const isDry = values['dry-run'] === true;
    const counts = await db
      .as(OPERATOR, async (tx) => {
        const done = await take({ tx, fingerprints, personas: named, slugs }, parsed.data);
        if (isDry) throw new DryRun(done);
        return done;
      })
      .catch((error: unknown) => {
        if (error instanceof DryRun) return error.counts;
        throw error;
      });
    show(values.json === true, { dryRun: isDry, ...counts }, () =>
      table([counts]).concat(isDry ? 'Nothing was changed: this was a dry run.\n' : ''),
    );
  });
}

function pairOf(pair: string): [string, string] {
  const at = pair.lastIndexOf('=');
  if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
  throw new RingbackError('usage', `--persona is "${pair}".`, { remedy: USAGE.trimEnd() });
}
