import { expect, it } from 'vitest';
import { decodeMulaw, encodeMulaw } from '../../server/sandbox/speech/mulaw.ts';
import { fromMulaw, SILENCE, toMulaw } from './mulaw.ts';

const BYTES = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const SAMPLES = Int16Array.from({ length: 65_535 }, (_, i) => i - 32_767);

it('is what the other end of the line speaks', () => {
  expect([...BYTES].map((byte) => Math.round(fromMulaw(byte) * 32_768))).toEqual([...decodeMulaw(BYTES)]);
  expect(Buffer.from([...SAMPLES].map((sample) => toMulaw(sample / 32_767)))).toEqual(encodeMulaw(SAMPLES));
});

it('holds silence, and more than can be told', () => {
  expect(toMulaw(0)).toBe(SILENCE);
  expect(fromMulaw(SILENCE)).toBe(0);
  expect(toMulaw(2)).toBe(toMulaw(1));
  expect(toMulaw(-2)).toBe(toMulaw(-1));
});
