import { parseArgs } from 'node:util';
import { DELAYS, type DelayName } from './delays.ts';
import { sandboxEnvironment } from './environment.ts';
import { startSandbox } from './sandbox.ts';

/**
 * The sandbox as a process of its own. Prints where its stand-ins listen, as lines for a shell
 * (`export NAME=value`) or, with --json, as one line of JSON.
 */
const { values } = parseArgs({
  allowPositionals: true, // started as `ringback sandbox`, or by its own name
  options: {
    json: { type: 'boolean', default: false },
    'with-parent': { type: 'boolean', default: false },
    profile: { type: 'string', default: 'speech' },
    delays: { type: 'string', default: 'usual' },
    'pretend-hearing': { type: 'boolean', default: false },
  },
});

const credentials = {
  accountSid: process.env.TWILIO_ACCOUNT_SID || `AC${'5'.repeat(32)}`,
  authToken: process.env.TWILIO_AUTH_TOKEN || 'sandbox-auth-token',
  apiKey: process.env.SANDBOX_API_KEY || 'sandbox-key',
};

const delays = values.delays as DelayName;
if (!(delays in DELAYS)) {
  process.stderr.write(`--delays must be one of ${Object.keys(DELAYS).join(', ')}.\n`);
  process.exit(2);
}

const sandbox = await startSandbox({
  profile: values.profile === 'timing' ? 'timing' : 'speech',
  delays: DELAYS[delays],
  pretendsToHear: values['pretend-hearing'],
  credentials,
  ports: {},
});

if (values.json)
  process.stdout.write(
    `${JSON.stringify({ urls: sandbox.urls, controlUrl: sandbox.controlUrl, credentials })}\n`,
  );
else process.stdout.write(forShell());

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await sandbox.close();
  process.stdin.destroy();
}
process.on('SIGINT', () => {
  if (!values['with-parent']) void stop(); // a parent that is interrupted drains first, and then lets go of us
});
process.on('SIGTERM', () => void stop());
if (values['with-parent']) process.stdin.resume().on('end', () => void stop());

function forShell(): string {
  const { urls, controlUrl } = sandbox;
  const exports = Object.entries(sandboxEnvironment(urls, credentials)).map(
    ([name, value]) => `export ${name}=${value}`,
  );
  return `# The sandbox runs until you stop it. Its control address is ${controlUrl}\n# Paste this into the terminal that runs npm start:\n${exports.join('\n')}\n`;
}
