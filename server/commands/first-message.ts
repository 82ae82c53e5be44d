import { parseArgs } from 'node:util';
import { personOf, withHouse } from './house.ts';
import { show } from './output.ts';
import { needed } from './subcommands.ts';

const USAGE = `npx ringback first-message +15551230000 [--persona brad] [--json]
  what a persona would begin with the next time, once somebody has said who they are
`;

export async function firstMessage(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    options: {
      persona: { type: 'string', default: 'brad' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
    allowPositionals: true,
  });
  if (values.help) return void process.stdout.write(USAGE);
  const [phone = ''] = needed(USAGE, positionals, 'The phone number');
  await withHouse(async ({ db, personas, relationships }) => {
    const { name, slug } = await personas.current(values.persona);
    const person = await personOf(db, phone);
    const { firstMessage: message } = await relationships.calleeOf(person.id, slug);
    show(values.json === true, { persona: slug, first_message: message }, () =>
      message === null
        ? `${name} has nothing of the last call to begin with, and begins as with everybody.\n`
        : `${message}\n`,
    );
  });
}
