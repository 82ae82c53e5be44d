import type { FromLine, ToLine } from './line-messages.ts';
import { fromMulaw, toMulaw } from './mulaw.ts';
import { Resampler } from './resampler.ts';

/** The ends of a telephone line within the browser’s audio thread: it counts time in audio, as the telephone network does. */

declare const sampleRate: number;
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

const LINE_RATE = 8_000;
const FRAME_BYTES = 160;
/** What is heard is prepared so far ahead, in samples of the line: 20 ms. */
const AHEAD = FRAME_BYTES;

type Queued = { bytes: Uint8Array; at: number } | { mark: string };

class Line extends AudioWorkletProcessor {
  readonly #fromMicrophone = new Resampler(sampleRate, LINE_RATE);
  readonly #toSpeaker = new Resampler(LINE_RATE, sampleRate);
  #frame = new Uint8Array(FRAME_BYTES);
  #framed = 0;
  #saying: Uint8Array[] = [];
  #queue: Queued[] = [];
  #ready = new Float32Array(0);
  #said = 0;
  #heard = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToLine>) => this.#onMessage(data);
  }

  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const output = outputs[0]?.[0];
    const input = inputs[0]?.[0] ?? new Float32Array(output?.length ?? 128);
    for (const sample of this.#fromMicrophone.push(input)) this.#say(sample);
    if (output !== undefined) this.#hear(output);
    return true;
  }

  #onMessage(message: ToLine): void {
    switch (message.type) {
      case 'play':
        this.#queue.push({ bytes: message.bytes, at: 0 });
        return;
      case 'mark':
        this.#queue.push({ mark: message.name });
        return;
      case 'say':
        this.#saying.push(message.bytes);
        return;
      case 'clear':
        for (const each of this.#queue) if ('mark' in each) this.#tell({ type: 'mark', name: each.mark });
        this.#queue = [];
        return;
      default:
        message satisfies never;
    }
  }

  #say(sample: number): void {
    this.#frame[this.#framed++] = toMulaw(sample);
    this.#said = Math.max(this.#said, Math.abs(sample));
    if (this.#framed < FRAME_BYTES) return;
    const spoken = this.#nextSpoken();
    const bytes = spoken ?? this.#frame;
    const said =
      spoken === null ? this.#said : Math.max(...Array.from(spoken, (byte) => Math.abs(fromMulaw(byte))));
    this.#tell({ type: 'frame', bytes, said, heard: this.#heard });
    this.#frame = new Uint8Array(FRAME_BYTES);
    this.#framed = 0;
    this.#said = 0;
    this.#heard = 0;
  }

  /** Twenty milliseconds of what is said in the microphone’s place; null when there is nothing. */
  #nextSpoken(): Uint8Array | null {
    const first = this.#saying[0];
    if (first === undefined) return null;
    const frame = new Uint8Array(FRAME_BYTES).fill(toMulaw(0));
    frame.set(first.subarray(0, FRAME_BYTES));
    const rest = first.subarray(FRAME_BYTES);
    if (rest.length === 0) this.#saying.shift();
    else this.#saying[0] = rest;
    return frame;
  }

  #hear(output: Float32Array): void {
    while (this.#ready.length < output.length) {
      const more = this.#toSpeaker.push(this.#take(AHEAD));
      const ready = new Float32Array(this.#ready.length + more.length);
      ready.set(this.#ready);
      ready.set(more, this.#ready.length);
      this.#ready = ready;
    }
    output.set(this.#ready.subarray(0, output.length));
    this.#ready = this.#ready.slice(output.length);
    for (const sample of output) this.#heard = Math.max(this.#heard, Math.abs(sample));
  }

  /** So many samples of what is to be heard; silence where there is nothing. A mark is passed when it is reached. */
  #take(count: number): Float32Array {
    const samples = new Float32Array(count);
    let filled = 0;
    for (;;) {
      const next = this.#queue[0];
      if (next === undefined) return samples;
      if ('mark' in next) {
        this.#queue.shift();
        this.#tell({ type: 'mark', name: next.mark });
        continue;
      }
      while (filled < count && next.at < next.bytes.length)
        samples[filled++] = fromMulaw(next.bytes[next.at++] ?? 0xff);
      if (next.at >= next.bytes.length) this.#queue.shift();
      if (filled === count) return samples;
    }
  }

  #tell(message: FromLine): void {
    this.port.postMessage(message);
  }
}

registerProcessor('line', Line);
