import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type * as Onnx from 'onnxruntime-node';

/**
 * Silero VAD v6 on the CPU, at the telephone's own 8 kHz. The graph takes windows of 256 samples, each preceded by
 * the last 32 samples of the one before: without those it misses whole words.
 */

const SAMPLE_RATE = 8_000;
export const WINDOW_SAMPLES = 256;
export const WINDOW_MS = (WINDOW_SAMPLES / SAMPLE_RATE) * 1_000;
const CONTEXT_SAMPLES = 32;
const STATE_SHAPE = [2, 1, 128];
const STATE_SIZE = 256;

/** A loaded model; any number of streams share it. */
export interface SpeechModel {
  stream(): SpeechProbabilityStream;
  close(): Promise<void>;
}

export interface SpeechProbabilityStream {
  /** The probability that a window of samples (-1 to 1) is voice. Windows are taken one after the other. */
  push(window: Float32Array): Promise<number>;
  /** Forgets what was heard before. */
  reset(): void;
}

/** @throws when the optional packages onnxruntime-node and @ricky0123/vad-web are not there or do not load. */
export async function loadSilero(): Promise<SpeechModel> {
  const require = createRequire(import.meta.url);
  const { InferenceSession, Tensor } = require('onnxruntime-node') as typeof Onnx;
  const file = require.resolve('@ricky0123/vad-web/dist/silero_vad_v6.onnx');
  const session = await InferenceSession.create(await readFile(file), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
  });
  const rate = new Tensor('int64', BigInt64Array.of(BigInt(SAMPLE_RATE)), []);
  return {
    stream: () => new SileroStream(session, rate, Tensor),
    close: () => session.release(),
  };
}

class SileroStream implements SpeechProbabilityStream {
  readonly #session: Onnx.InferenceSession;
  readonly #rate: Onnx.Tensor;
  readonly #input = new Float32Array(CONTEXT_SAMPLES + WINDOW_SAMPLES);
  readonly #inputTensor: Onnx.Tensor;
  readonly #emptyState: Onnx.Tensor;
  #state: Onnx.Tensor;
  #epoch = 0;

  constructor(session: Onnx.InferenceSession, rate: Onnx.Tensor, Tensor: typeof Onnx.Tensor) {
    this.#session = session;
    this.#rate = rate;
    this.#inputTensor = new Tensor('float32', this.#input, [1, this.#input.length]);
    this.#emptyState = new Tensor('float32', new Float32Array(STATE_SIZE), STATE_SHAPE);
    this.#state = this.#emptyState;
  }

  async push(window: Float32Array): Promise<number> {
    this.#input.copyWithin(0, WINDOW_SAMPLES); // the end of the last window is the context of this one
    this.#input.set(window, CONTEXT_SAMPLES);
    const epoch = this.#epoch;
    const { output, stateN } = await this.#session.run({
      input: this.#inputTensor,
      state: this.#state,
      sr: this.#rate,
    });
    if (stateN !== undefined && epoch === this.#epoch) this.#state = stateN; // a reset in between stands
    return Number(output?.data[0] ?? 0);
  }

  reset(): void {
    this.#epoch += 1;
    this.#input.fill(0);
    this.#state = this.#emptyState;
  }
}
