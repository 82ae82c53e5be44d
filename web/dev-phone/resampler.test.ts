import { describe, expect, it } from 'vitest';
import { Resampler } from './resampler.ts';

const LINE_RATE = 8_000;

function tone(frequency: number, rate: number, seconds = 0.5): Float32Array {
  return Float32Array.from({ length: rate * seconds }, (_, i) =>
    Math.sin((2 * Math.PI * frequency * i) / rate),
  );
}

/** Root of the mean square, without the edges, where the filter has nothing to look at. */
function level(samples: Float32Array): number {
  const inner = samples.subarray(400, -400);
  return Math.sqrt(inner.reduce((sum, each) => sum + each * each, 0) / inner.length);
}

function resampled(sound: Float32Array, fromRate: number, toRate: number, pieces: number): Float32Array {
  const resampler = new Resampler(fromRate, toRate);
  const parts: number[] = [];
  for (let at = 0; at < sound.length; at += pieces)
    parts.push(...resampler.push(sound.slice(at, at + pieces)));
  return Float32Array.from(parts);
}

describe.each([48_000, 44_100])('a microphone at %i Hz', (rate) => {
  it('keeps speech as loud as it is', () => {
    for (const frequency of [200, 1_000, 3_000])
      expect(level(resampled(tone(frequency, rate), rate, LINE_RATE, 128))).toBeCloseTo(Math.SQRT1_2, 1);
  });

  it('lets nothing fold back that a telephone line cannot carry', () => {
    for (const frequency of [5_000, 7_900, 12_000])
      expect(level(resampled(tone(frequency, rate), rate, LINE_RATE, 128))).toBeLessThan(0.005); // -43 dB
  });

  it('gives the same in whatever pieces the sound comes, and all of it but the last few milliseconds', () => {
    const sound = tone(440, rate);
    const whole = resampled(sound, rate, LINE_RATE, sound.length);
    expect(resampled(sound, rate, LINE_RATE, 128)).toEqual(whole);
    expect(resampled(sound, rate, LINE_RATE, 999)).toEqual(whole);
    expect(whole.length).toBeGreaterThan(0.49 * LINE_RATE);
    expect(whole.length).toBeLessThanOrEqual(0.5 * LINE_RATE);
  });

  it('brings the line up again to what a loudspeaker wants', () => {
    const heard = resampled(tone(1_000, LINE_RATE), LINE_RATE, rate, 160);
    expect(level(heard)).toBeCloseTo(Math.SQRT1_2, 1);
    expect(heard.length).toBeGreaterThan(0.49 * rate);
  });
});
