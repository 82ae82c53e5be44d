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
    `${name === '' ? '' : `There is no command "${name}".\n`}Usage: npx ringback <command>\n\n${list.join('\n')}\n`,
  );
  process.exitCode = name === '' ? 0 : 1;
} else {
  try {
    await command.run(args);
  } catch (error) {
    const remedy = error instanceof RingbackError ? `\n${error.remedy}` : '';
    process.stderr.write(`${describeError(error).message}${remedy}\n`);
    if (!(error instanceof RingbackError) && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
  }
}
