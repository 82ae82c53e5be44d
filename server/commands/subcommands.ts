import { RingbackError } from '../errors.ts';

export type Subcommands = Readonly<Record<string, (args: string[]) => Promise<void>>>;

/**
 * Runs the subcommand that the first argument names, or prints how the command is used.
 * @param plain what runs when no subcommand is named.
 */
export async function runSubcommand(
  usage: string,
  commands: Subcommands,
  args: string[],
  plain?: (args: string[]) => Promise<void>,
): Promise<void> {
  const [name = '', ...rest] = args;
  if (args.includes('--help') || args.includes('-h')) return void process.stdout.write(usage);
  const command = commands[name];
  if (command !== undefined) return command(rest);
  if (plain !== undefined && (name === '' || name.startsWith('-'))) return plain(args);
  throw new RingbackError('usage', name === '' ? 'What is to be done?' : `There is no "${name}" here.`, {
    remedy: usage.trimEnd(),
  });
}

/** The arguments that have to be there. @throws RingbackError `usage`. */
export function needed(usage: string, values: readonly string[], ...names: string[]): string[] {
  const missing = names[values.length];
  if (missing === undefined) return [...values];
  throw new RingbackError('usage', `${missing} is missing.`, { remedy: usage.trimEnd() });
}
