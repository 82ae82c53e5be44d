import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Database } from '../../db/connection.ts';
import { openTemporaryDatabase } from '../../db/temporary.ts';
import { startApp } from '../app.ts';
import { replayCommand } from '../commands/replay.ts';
import { loadConfig } from '../config.ts';
import { RingbackError } from '../errors.ts';
import { issueToken } from '../http/access/tokens.ts';
import { createLogger } from '../log.ts';
import { packageRoot } from '../paths.ts';
import type { CallerDescription } from '../sandbox/callers/scripts.ts';
import { sandboxEnvironment } from '../sandbox/environment.ts';
import { readWav } from '../sandbox/speech/wav.ts';
import { startSandboxProcess } from '../sandbox-process.ts';
import { vendorTable } from '../vendors.ts';
import { callAgain } from './later-calls.ts';
import { approveCall, type DemoApi, tellSettlement } from './payer.ts';
import { printFeedEvent } from './print.ts';
import { getJson, post } from './requests.ts';
import { ALICE, ownWords } from './script.ts';
import { dialled, watchCall } from './watch.ts';
import { summaryOfWaits } from './waterfall.ts';

const CALLEE = { to: '+15550100', displayName: 'Alice', persona: 'brad' };
const USAGE = `npm run demo                                            Brad calls Alice, and twice more to show what he remembers
npm run demo -- --say "I want to run a marathon"          Alice says your words
npm run demo -- --wav my-voice.wav --transcript "..."     Alice says your recording (any WAV), whose words you give
npm run demo -- --replay demo-output/event-log.jsonl      replays a call through the pure core
`;

/** One whole call on stand-ins and two that remember it, with a temporary database, leaving demo-output/ behind and nothing running. */
export async function demo(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      say: { type: 'string' },
      wav: { type: 'string' },
      transcript: { type: 'string' },
      replay: { type: 'string' },
      out: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return void process.stdout.write(USAGE);
  if (values.replay !== undefined) return replayCommand([values.replay]);
  const caller = await chooseCaller(values);
  const output = path.resolve(values.out ?? path.join(packageRoot, 'demo-output'));
  const sandbox = await startSandboxProcess();
  try {
    await post(`${sandbox.controlUrl}/callers`, { number: CALLEE.to, caller });
    const database = await openTemporaryDatabase();
    try {
      const app = await startApp(
        loadConfig({
          PORT: '0',
          DATABASE_URL: database.ownerUrl,
          ...sandboxEnvironment(sandbox.urls, sandbox.credentials),
        }),
        createLogger(process.env.LOG_LEVEL ?? 'warn'),
      );
      try {
        process.stdout.write(`${vendorTable(app.config.vendors)}\n\n`);
        const token = await issueToken(database.db, { role: 'admin', label: 'demo' });
        const api = { baseUrl: app.publicBaseUrl, headers: { authorization: `Bearer ${token}` } };
        await holdCall(api, database.db, sandbox.controlUrl, output);
        if (caller === ALICE)
          await callAgain(api, CALLEE, database.db, (next) =>
            post(`${sandbox.controlUrl}/callers`, { number: CALLEE.to, caller: next }),
          );
        await writeFile(path.join(output, 'caller.json'), JSON.stringify(caller, null, 2));
      } finally {
        await app.stop();
      }
    } finally {
      await database.close();
    }
  } finally {
    await sandbox.stop();
  }
}

async function chooseCaller(values: {
  say?: string;
  wav?: string;
  transcript?: string;
}): Promise<CallerDescription> {
  if (values.wav !== undefined) {
    if (values.transcript === undefined)
      throw new RingbackError('usage', '--wav needs --transcript "the words in it".', {
        remedy: 'No speech recogniser is built in: the sandbox must be told the words.',
      });
    const wav = await readFile(values.wav);
    try {
      readWav(wav);
    } catch (error) {
      throw new RingbackError('wav', `${values.wav} cannot be used: ${(error as Error).message}.`, {
        remedy: 'Give a WAV file; any rate and number of channels will do.',
      });
    }
    return ownWords({ text: values.transcript, wavBase64: wav.toString('base64') });
  }
  return values.say === undefined ? ALICE : ownWords({ text: values.say });
}

async function holdCall(api: DemoApi, db: Database, controlUrl: string, output: string): Promise<void> {
  const { baseUrl, headers } = api;
  const transcript: string[] = [];
  const tell = (line: string) => {
    process.stdout.write(`${line}\n`);
    transcript.push(line);
  };
  const callId = await approveCall(api, db, CALLEE, tell);
  tell(`\nBrad calls ${CALLEE.displayName}.\n`);
  await dialled(api, callId);
  const timings = await watchCall(api, callId, (event) => printFeedEvent(event, CALLEE.displayName), tell);
  tell('');
  await tellSettlement(api, callId, tell);
  process.stdout.write(`\n${summaryOfWaits(timings)}\n`);
  await mkdir(output, { recursive: true });
  const { carrierSid } = (await getJson(`${baseUrl}/api/calls/${callId}`, headers)) as {
    carrierSid: string;
  };
  const log = await (await fetch(`${baseUrl}/api/calls/${callId}/event-log`, { headers })).text();
  const recording = await fetch(`${controlUrl}/calls/${carrierSid}/recording.wav`);
  await writeFile(path.join(output, 'call.wav'), Buffer.from(await recording.arrayBuffer()));
  await writeFile(path.join(output, 'transcript.txt'), `${transcript.join('\n')}\n`);
  await writeFile(path.join(output, 'event-log.jsonl'), log);
  process.stdout.write(
    `\nSaved call.wav (caller left, persona right), transcript.txt and event-log.jsonl in ${output}\n`,
  );
}
