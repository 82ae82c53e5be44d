import { turnTakingProfiles } from '../call/conversation/tunables.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { Usage } from '../cost/usage.ts';
import { createLogger } from '../log.ts';
import type { SpeechEngine } from '../sandbox/speech/engine.ts';
import { SILENCE } from '../sandbox/speech/mulaw.ts';
import type { SttVendor } from './connection.ts';
import { resilientSpeechToText } from './hearing.ts';

/** A call's hearing under test: feed it frames, read what it reports. */

const FRAME_BYTES = 160;

export function listen(vendors: [SttVendor, ...SttVendor[]], clock: Clock = systemClock) {
  const heard = {
    partials: [] as Array<[number, string]>,
    eager: [] as Array<[number, string]>,
    resumed: [] as number[],
    ends: [] as Array<[number, string]>,
    downs: 0,
    ups: 0,
    usage: [] as Usage[],
  };
  const stream = resilientSpeechToText({ vendors, clock, log: createLogger('silent') }).open(
    { callId: 'call', keyterms: ['Brad', 'Alice B'], turnTaking: turnTakingProfiles.balanced },
    {
      onPartial: (turn, text) => heard.partials.push([turn, text]),
      onEagerEnd: (turn, text) => heard.eager.push([turn, text]),
      onResumed: (turn) => heard.resumed.push(turn),
      onEndOfTurn: (turn, text) => heard.ends.push([turn, text]),
      onDown: () => {
        heard.downs += 1;
      },
      onUp: () => {
        heard.ups += 1;
      },
    },
    (usage) => heard.usage.push(usage),
  );
  return { stream, heard };
}

/** The words as 20 ms frames, with silence before and after; registered with the recogniser. */
export async function framesOf(
  text: string,
  engine: SpeechEngine,
  sandbox: { utterance(text: string): Promise<void> },
): Promise<Buffer[]> {
  await sandbox.utterance(text);
  const { audio } = await engine.speak('slt', text);
  const all = Buffer.concat([Buffer.alloc(200 * 8, SILENCE), audio, Buffer.alloc(800 * 8, SILENCE)]);
  return Array.from({ length: Math.floor(all.length / FRAME_BYTES) }, (_, i) =>
    all.subarray(i * FRAME_BYTES, (i + 1) * FRAME_BYTES),
  );
}
