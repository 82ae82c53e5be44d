/** Zero crossings of the filter on each side; more is sharper and slower. */
const HALF_WIDTH = 16;
/** Of the lower rate's band, so much is kept: what is above folds back as noise. */
const KEPT_BAND = 0.92;

/**
 * Changes the rate of a sound that comes piece by piece, with a windowed sinc (J. O. Smith, "Digital Audio Resampling").
 * A browser's own context cannot: Firefox connects no microphone to a context of another rate.
 */
export class Resampler {
  readonly #step: number;
  readonly #cutoff: number;
  readonly #reach: number;
  /** What came and is still needed; `#from` is the place of its first sample. */
  #kept = new Float32Array(0);
  #from = 0;
  /** Where the next sample lies among those that came. */
  #at = 0;

  constructor(fromRate: number, toRate: number) {
    this.#step = fromRate / toRate;
    this.#cutoff = (Math.min(1, toRate / fromRate) * KEPT_BAND) as number;
    this.#reach = Math.ceil(HALF_WIDTH / this.#cutoff);
  }

  /** Takes what came and gives what can be told of it. */
  push(samples: Float32Array): Float32Array {
    const input = new Float32Array(this.#kept.length + samples.length);
    input.set(this.#kept);
    input.set(samples, this.#kept.length);
    const end = this.#from + input.length - this.#reach;
    const count = Math.max(0, Math.ceil((end - this.#at) / this.#step));
    const output = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      output[i] = this.#sampleAt(input, this.#at - this.#from);
      this.#at += this.#step;
    }
    const keepFrom = Math.max(0, Math.floor(this.#at) - this.#reach - this.#from);
    this.#kept = input.slice(keepFrom);
    this.#from += keepFrom;
    return output;
  }

  #sampleAt(input: Float32Array, position: number): number {
    const first = Math.max(0, Math.ceil(position - this.#reach));
    const last = Math.min(input.length - 1, Math.floor(position + this.#reach));
    let sum = 0;
    for (let i = first; i <= last; i++) sum += (input[i] ?? 0) * this.#weight(position - i);
    return sum;
  }

  /** A sinc under a Blackman window. */
  #weight(distance: number): number {
    const x = distance * this.#cutoff * Math.PI;
    const sinc = x === 0 ? 1 : Math.sin(x) / x;
    const turn = (Math.PI * distance) / this.#reach;
    return this.#cutoff * sinc * (0.42 + 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn));
  }
}
