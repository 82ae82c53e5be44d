import { decodeMulaw } from '../speech/mulaw.ts';
import { writeWav } from '../speech/wav.ts';
import type { MediaStream } from './media-stream.ts';

const LINE_RATE = 8_000;

/**
 * What a line sounded like, as a WAV file: whoever called or was called left, the persona right, or both in one channel.
 * @param part from which frame of 20 ms to which; all of them where it does not say.
 */
export function lineSound(
  { caller, persona }: MediaStream['recording'],
  { from = 0, to, mixed = false }: { from?: number; to?: number; mixed?: boolean } = {},
): Buffer {
  const [left, right] = [caller, persona].map((frames) =>
    decodeMulaw(Buffer.concat(frames.slice(from, to))),
  ) as [Int16Array, Int16Array];
  const both = left.map((sample, i) => Math.max(-32_768, Math.min(32_767, sample + (right[i] ?? 0))));
  return writeWav({ sampleRate: LINE_RATE, channels: mixed ? [both] : [left, right] });
}
