import { describeError, RingbackError } from '../errors.ts';

/** Every command of `npx ringback <command>`; each loads only what it needs. */
const COMMANDS: Readonly<Record<string, { about: string; run(args: string[]): Promise<void> }>> = {
  start: {
    about: 'serve panel, API and phone calls on PORT',
    run: async (args) => (await import('./start.ts')).start(args),
  },
  demo: {
    about: 'one whole call, with no keys: see demo --help',
    run: async (args) => (await import('../demo/demo.ts')).demo(args),
  },
  sandbox: {
    about: 'the stand-ins alone; prints their addresses',
    run: async () => void (await import('../sandbox/main.ts')),
  },
  migrate: {
    about: 'bring the database up to date',
    run: async () => (await import('./migrate.ts')).migrate(),
  },
  seed: {
    about: 'make an admin token and print it',
    run: async (args) => (await import('./seed.ts')).seed(args),
  },
  replay: {
    about: 'replay a call from its event log',
    run: async (args) => (await import('./replay.ts')).replayCommand(args),
  },
  profile: {
    about: 'who somebody is: show, build',
    run: async (args) => (await import('./profile.ts')).profile(args),
  },
  conversations: {
    about: 'the last conversations; show one, import those of ElevenLabs',
    run: async (args) => (await import('./conversations.ts')).conversations(args),
  },
  'first-message': {
    about: 'what a persona would begin with',
    run: async (args) => (await import('./first-message.ts')).firstMessage(args),
  },
  memory: {
    about: 'search, export, import, forget; push to and pull from another home',
    run: async (args) => (await import('./memory.ts')).memory(args),
  },
  personas: {
    about: 'the personas; sync takes their files over',
    run: async (args) => (await import('./personas.ts')).personas(args),
  },
  import: {
    about: 'take over call-me-back or the accountability caller',
    run: async (args) => (await import('./import.ts')).importDump(args),
  },
  keys: {
    about: 'master keys: new, rotate',
    run: async (args) => (await import('./keys.ts')).keys(args),
  },
  'check-recording': {
    about: 'have a separate stand-in recognise a demo’s call.wav',
    run: async (args) => (await import('./check-recording.ts')).checkRecording(args),
  },
};

const [name = '', ...args] = process.argv.slice(2);
const command = COMMANDS[name];
if (command === undefined) {
  const list = Object.entries(COMMANDS).map(([known, { about }]) => `  ${known.padEnd(16)} ${about}`);
  process.stderr.write(
    `${name === '' ? '' : `There is no command "${name}".\n`}Usage: npx ringback <command> [--help]\n\n${list.join('\n')}\n`,
  );
  process.exitCode = name === '' ? 0 : 1;
} else {
  try {
    await command.run(args);
  } catch (error) {
    process.stderr.write(explain(error));
    process.exitCode = 1;
  }
}

/** What went wrong and what to do about it; a stack trace only for what nobody foresaw. */
function explain(error: unknown): string {
  const { message, code } = describeError(error);
  if (error instanceof RingbackError) return `${message}\n${error.remedy}\n`;
  if (String(code).startsWith('ERR_PARSE_ARGS'))
    return `${message}\nRun the command with --help to see what it takes.\n`;
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR')
    return `${message}\nGive the path of a file that can be read.\n`;
  return `${error instanceof Error ? error.stack : message}\n`;
}
