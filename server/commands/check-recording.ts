import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { turnTakingProfiles } from '../call/conversation/tunables.ts';
import { wordsOf } from '../call/conversation/words.ts';
import type { LogChunk } from '../call/event-log.ts';
import { parseEventLog, replay } from '../call/replay.ts';
import { sleep, systemClock } from '../clock.ts';
import { RingbackError } from '../errors.ts';
import { createLogger } from '../log.ts';
import { packageRoot } from '../paths.ts';
import type { CallerDescription } from '../sandbox/callers/scripts.ts';
import { encodeMulaw } from '../sandbox/speech/mulaw.ts';
import { readWav } from '../sandbox/speech/wav.ts';
import { type SandboxProcess, startSandboxProcess } from '../sandbox-process.ts';
import { deepgramFlux } from '../stt/deepgram.ts';
import { resilientSpeechToText } from '../stt/hearing.ts';

/** What must be recognised of each side. */
const NEEDED_SHARE = 0.95;
const FRAME_BYTES = 160;
/** Silence after the recording, so that the last turn ends. */
const TAIL_FRAMES = 100;
/** A second of audio is sent every 20 ms: recognition is not bound to real time, but the stream's buffer is bounded. */
const BURST_FRAMES = 50;
const BURST_PAUSE_MS = 20;
/** Nothing more is expected when no event came for this long. */
const QUIET_MS = 2_000;

/** Has a separately started stand-in listen to both sides of a demo's call.wav, and compares with the transcript. */
export async function checkRecording([
  folder = path.join(packageRoot, 'demo-output'),
]: string[]): Promise<void> {
  const wav = readWav(await readFile(path.join(folder, 'call.wav')));
  const log = parseEventLog(await readFile(path.join(folder, 'event-log.jsonl'), 'utf8'));
  const caller = JSON.parse(await readFile(path.join(folder, 'caller.json'), 'utf8')) as CallerDescription;
  const { entries } = replay(log);
  const sandbox = await startSandboxProcess();
  try {
    for (const { text, wavBase64 } of caller.lines)
      await register(sandbox, {
        text,
        voice: caller.voice,
        ...(wavBase64 === undefined ? {} : { wavBase64 }),
      });
    for (const text of spokenPieces(log)) await register(sandbox, { text, voice: 'rms' });
    for (const [side, channel] of (['caller', 'persona'] as const).map(
      (name, i) => [name, wav.channels[i] ?? new Int16Array()] as const,
    )) {
      const said = entries.flatMap(({ entry }) => (entry.kind === side ? wordsOf(entry.text) : []));
      const heard = wordsOf(await recognise(sandbox, encodeMulaw(channel)));
      report(side, said, heard);
    }
  } finally {
    await sandbox.stop();
  }
}

/** Every piece of text that went to text-to-speech: the same text and voice give the same sound in every process. */
function spokenPieces(log: readonly LogChunk[]): string[] {
  return replay(log).effects.flatMap((effect) =>
    effect.type === 'tts.say' && effect.text.trim() !== '' ? [effect.text] : [],
  );
}

async function register(
  sandbox: SandboxProcess,
  utterance: { text: string; voice: string; wavBase64?: string },
): Promise<void> {
  const response = await fetch(`${sandbox.controlUrl}/utterances`, {
    method: 'POST',
    body: JSON.stringify(utterance),
  });
  if (!response.ok) throw new Error(`the sandbox did not take an utterance: ${await response.text()}`);
}

async function recognise(sandbox: SandboxProcess, audio: Buffer): Promise<string> {
  const turns: string[] = [];
  let lastEventAt = performance.now();
  const stt = resilientSpeechToText({
    vendors: [deepgramFlux({ apiKey: sandbox.credentials.apiKey, baseUrl: sandbox.urls.deepgram })],
    clock: systemClock,
    log: createLogger('warn'),
  });
  const touched = () => {
    lastEventAt = performance.now();
  };
  const stream = stt.open(
    { callId: 'check-recording', keyterms: [], turnTaking: turnTakingProfiles.balanced },
    {
      onPartial: touched,
      onEagerEnd: touched,
      onResumed: touched,
      onEndOfTurn: (_turn, text) => {
        touched();
        turns.push(text);
      },
      onDown: touched,
      onUp: touched,
    },
    () => undefined,
  );
  const padded = Buffer.concat([audio, Buffer.alloc(TAIL_FRAMES * FRAME_BYTES, 0xff)]);
  for (let at = 0; at < padded.length; at += FRAME_BYTES) {
    stream.send(padded.subarray(at, at + FRAME_BYTES));
    if ((at / FRAME_BYTES) % BURST_FRAMES === 0) await sleep(systemClock, BURST_PAUSE_MS);
  }
  while (performance.now() - lastEventAt < QUIET_MS) await sleep(systemClock, 100);
  stream.close();
  return turns.join(' ');
}

function report(side: string, said: readonly string[], heard: readonly string[]): void {
  const common = longestCommonSubsequence(said, heard);
  const share = said.length === 0 ? 1 : common / said.length;
  process.stdout.write(
    `${side.padEnd(8)} ${common} of ${said.length} words recognised (${(share * 100).toFixed(1)} %), ${heard.length - common} not in the transcript\n`,
  );
  if (share < NEEDED_SHARE) {
    throw new RingbackError(
      'recording',
      `The ${side}'s side of the recording is not what the transcript says.\n  transcript: ${said.join(' ')}\n  recording:  ${heard.join(' ')}`,
      {
        remedy: 'Audio was lost on the way, or the transcript holds words that were not heard.',
      },
    );
  }
}

function longestCommonSubsequence(a: readonly string[], b: readonly string[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const word of a) {
    const next = [0];
    b.forEach((other, j) => {
      next.push(word === other ? (row[j] ?? 0) + 1 : Math.max(row[j + 1] ?? 0, next[j] ?? 0));
    });
    row = next;
  }
  return row.at(-1) ?? 0;
}
