import { z } from 'zod';
import type { Speech, SpeechEngine, VoiceName } from '../speech/engine.ts';
import type { UtteranceLibrary } from '../speech/library.ts';
import { encodeMulaw } from '../speech/mulaw.ts';
import { normalise, resample } from '../speech/resample.ts';
import { readWav } from '../speech/wav.ts';
import type { CallerScript, Cue } from './scripted-caller.ts';

const LINE_RATE = 8_000;
const BYTES_PER_MS = 8;
const PEAK = 0.6;
const DEFAULT_REPLY_PAUSE_MS = 900;

const cueSchema = z.discriminatedUnion('after', [
  z.object({ after: z.literal('answer'), delayMs: z.number().int().min(0) }),
  z.object({ after: z.literal('reply'), delayMs: z.number().int().min(0) }),
  z.object({ after: z.literal('speech'), delayMs: z.number().int().min(0) }),
]);

/** A caller as described over the control API: lines to say, or recordings with the words that are in them. */
export const callerSchema = z.object({
  voice: z.enum(['rms', 'slt', 'awb', 'kal16']).default('slt'),
  answerAfterMs: z.number().int().min(0).nullable().default(600),
  hangUpAfterMs: z.number().int().min(0).nullable().default(null),
  /** What the carrier's machine detection finds, and how long after the answer. */
  answeredBy: z.enum(['human', 'machine']).default('human'),
  amdAfterMs: z.number().int().min(0).default(2_500),
  lines: z.array(
    z.object({
      cue: cueSchema.default({ after: 'reply', delayMs: DEFAULT_REPLY_PAUSE_MS }),
      /** What is said; with `wavBase64`, what the recording says. */
      text: z.string().min(1),
      wavBase64: z.string().optional(),
    }),
  ),
});
export type CallerDescription = z.infer<typeof callerSchema>;

/** Prepares everything the caller will say, and registers it, so that the recogniser can know it. */
export async function prepareScript(
  description: CallerDescription,
  engine: SpeechEngine,
  utterances: UtteranceLibrary,
): Promise<CallerScript> {
  const lines: Array<{ cue: Cue; speech: Speech }> = [];
  for (const { cue, text, wavBase64 } of description.lines) {
    const speech =
      wavBase64 === undefined
        ? await engine.speak(description.voice as VoiceName, text)
        : recordedSpeech(Buffer.from(wavBase64, 'base64'), text);
    utterances.add(speech.audio, speech.words);
    lines.push({ cue, speech });
  }
  const { answerAfterMs, hangUpAfterMs, answeredBy, amdAfterMs } = description;
  return { answerAfterMs, hangUpAfterMs, answeredBy, amdAfterMs, lines };
}

/** A recording as it goes over the line; its words are laid along its sound by their length. */
export function recordedSpeech(wav: Buffer, text: string): Speech {
  const { channels, sampleRate } = readWav(wav);
  const samples = normalise(resample(channels[0] ?? new Int16Array(), sampleRate, LINE_RATE), PEAK);
  const audio = encodeMulaw(samples);
  const voiced = voicedMilliseconds(samples);
  const words = text.split(/\s+/).filter((word) => word !== '');
  const letters = words.reduce((sum, word) => sum + word.length, 0);
  let seen = 0;
  return {
    audio,
    words: words.map((word) => {
      const startMs = voiced[Math.floor((seen / letters) * voiced.length)] ?? 0;
      seen += word.length;
      const endMs =
        voiced[Math.max(0, Math.ceil((seen / letters) * voiced.length) - 1)] ?? audio.length / BYTES_PER_MS;
      return { text: word, startMs, endMs: Math.max(endMs, startMs + 1) };
    }),
  };
}

/** The milliseconds in which there is sound: louder than a tenth of the loudest 20 ms. */
function voicedMilliseconds(samples: Int16Array): number[] {
  const frame = 160;
  const levels: number[] = [];
  for (let at = 0; at < samples.length; at += frame) {
    levels.push(samples.subarray(at, at + frame).reduce((sum, sample) => sum + Math.abs(sample), 0) / frame);
  }
  const threshold = Math.max(...levels) / 10;
  return levels.flatMap((level, i) =>
    level < threshold ? [] : Array.from({ length: 20 }, (_, ms) => i * 20 + ms),
  );
}
