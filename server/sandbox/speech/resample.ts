/** Half-width of the windowed-sinc filter, in zero crossings: clean enough for telephone speech. */
const ZERO_CROSSINGS = 16;

/** Converts samples to another rate with a Hann-windowed sinc, cutting off below the lower Nyquist frequency. */
export function resample(samples: Int16Array, fromRate: number, toRate: number): Int16Array {
  if (fromRate === toRate) return samples;
  const ratio = toRate / fromRate;
  const cutoff = Math.min(1, ratio);
  const reach = Math.ceil(ZERO_CROSSINGS / cutoff);
  const output = new Int16Array(Math.floor(samples.length * ratio));
  for (let i = 0; i < output.length; i++) {
    const centre = i / ratio;
    const from = Math.max(0, Math.ceil(centre - reach));
    const to = Math.min(samples.length - 1, Math.floor(centre + reach));
    let sum = 0;
    let weights = 0;
    for (let k = from; k <= to; k++) {
      const weight = windowedSinc((k - centre) * cutoff, ZERO_CROSSINGS);
      sum += (samples[k] ?? 0) * weight;
      weights += weight;
    }
    output[i] = weights === 0 ? 0 : Math.max(-32_768, Math.min(32_767, Math.round(sum / weights)));
  }
  return output;
}

function windowedSinc(x: number, halfWidth: number): number {
  if (x === 0) return 1;
  const angle = Math.PI * x;
  return (Math.sin(angle) / angle) * (0.5 + 0.5 * Math.cos(angle / halfWidth));
}

/** Scales samples so that the loudest one reaches `peak` (0 to 1 of full scale). */
export function normalise(samples: Int16Array, peak: number): Int16Array {
  let loudest = 1;
  for (const sample of samples) loudest = Math.max(loudest, Math.abs(sample));
  const gain = (peak * 32_767) / loudest;
  return samples.map((sample) => Math.round(sample * gain));
}
