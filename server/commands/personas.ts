import { parseArgs } from 'node:util';
import { OPERATOR, withHouse } from './house.ts';
import { show, table } from './output.ts';
import { runSubcommand } from './subcommands.ts';

const USAGE = `npx ringback personas [--json]             the personas, as new calls have them
npx ringback personas sync [--force]       takes prompts/personas/*.md over; --force also where an admin changed one
`;

export function personas(args: string[]): Promise<void> {
  return runSubcommand(USAGE, { sync }, args, list);
}

async function list(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { json: { type: 'boolean' } } });
  await withHouse(async ({ personas: all }) => {
    const known = await all.list(OPERATOR);
    show(values.json === true, known, () =>
      table(
        known.map(({ slug, name, template, turnTaking, version, source }) => ({
          persona: slug,
          name,
          template,
          'turn-taking': turnTaking,
          version,
          from: source,
        })),
      ),
    );
  });
}

async function sync(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { force: { type: 'boolean' }, json: { type: 'boolean' } },
  });
  await withHouse(
    async ({ personas: all }) => {
      const results = await all.sync({ force: values.force === true });
      show(values.json === true, results, () =>
        table(results.map(({ slug, done }) => ({ persona: slug, done }))),
      );
    },
    { syncsPersonas: false },
  );
}
