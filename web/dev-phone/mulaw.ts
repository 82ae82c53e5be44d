/** G.711 mu-law (ITU-T G.711), the sound of telephones, between -1 and 1 on our side. */

const BIAS = 0x84;
const CLIP = 32_635;
const FULL_SCALE = 32_768;

/** The byte of silence. */
export const SILENCE = 0xff;

const decoded = Float32Array.from({ length: 256 }, (_, byte) => decode(byte));

/** A sample of a byte. */
export function fromMulaw(byte: number): number {
  return decoded[byte] ?? 0;
}

/** The byte of a sample. */
export function toMulaw(sample: number): number {
  const value = Math.round(Math.max(-1, Math.min(1, sample)) * (FULL_SCALE - 1));
  const sign = value < 0 ? 0x80 : 0;
  const biased = Math.min(Math.abs(value), CLIP) + BIAS;
  const exponent = Math.max(0, 31 - Math.clz32(biased) - 7);
  const mantissa = (biased >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

function decode(byte: number): number {
  const inverted = ~byte & 0xff;
  const magnitude = (((inverted & 0x0f) << 3) + BIAS) << ((inverted >> 4) & 0x07);
  return (inverted & 0x80 ? BIAS - magnitude : magnitude - BIAS) / FULL_SCALE;
}
