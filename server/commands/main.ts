import { describeError, RingbackError } from '../errors.ts';

interface Command {
  about: string;
  /** What --help says; without it the command says it itself. */
  usage?: string;
  run(args: string[]): Promise<void>;
}

/** Every command of `npx ringback <command>`; each loads only what it needs. */
const COMMANDS: Readonly<Record<string, Command>> = {
  start: {
    about: 'serve panel, API and phone calls on PORT',
    usage:
      'npx ringback start\n  serves until SIGTERM, then says goodbye on live calls; .env.example explains what it reads\n',
    run: async (args) => (await import('./start.ts')).start(args),
  },
  demo: {
    about: 'one whole call and two that remember it, with no keys',
    run: async (args) => (await import('../demo/demo.ts')).demo(args),
  },
  sandbox: {
    about: 'the stand-ins alone; prints their addresses',
    usage: 'npx ringback sandbox\n  prints the variables with which npm start finds the stand-ins\n',
    run: async () => void (await import('../sandbox/main.ts')),
  },
  migrate: {
    about: 'bring the database up to date',
    usage:
      'npx ringback migrate\n  applies pending migrations to DATABASE_URL, or to the embedded database\n',
    run: async () => (await import('./migrate.ts')).migrate(),
  },
  seed: {
    about: 'make an admin token and print it',
    usage: 'npx ringback seed\n  makes an admin token and prints it, once\n',
    run: async (args) => (await import('./seed.ts')).seed(args),
  },
  replay: {
    about: 'replay a call from its event log',
    usage:
      'npx ringback replay demo-output/event-log.jsonl\n  prints the transcript, and fails when the call would go another way today\n',
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
    usage:
      'npx ringback check-recording [folder of a demo]\n  how many words of each side are recognised in call.wav\n',
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
} else if (command.usage !== undefined && (args.includes('--help') || args.includes('-h'))) {
  process.stdout.write(command.usage);
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
