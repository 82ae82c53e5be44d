import type { VoiceActivity, VoiceActivityStream, VoiceHandlers } from '../call/ports.ts';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { EnergyGate } from './energy-gate.ts';
import { MULAW_SAMPLES } from './mulaw.ts';
import {
  loadSilero,
  type SpeechModel,
  type SpeechProbabilityStream,
  WINDOW_MS,
  WINDOW_SAMPLES,
} from './silero.ts';
import { type VoiceActivityTunables, voiceActivityTunables } from './tunables.ts';

/** More windows than this waiting for the model, and the oldest are skipped: being current matters more. */
const MAX_WAITING_WINDOWS = 8;

/** Loads the model, or says that level alone has to do. */
export async function openVoiceActivity(log: Logger): Promise<VoiceActivity & { close(): Promise<void> }> {
  let model: SpeechModel | null = null;
  try {
    model = await loadSilero();
  } catch (error) {
    log.warn(
      { problem: describeError(error) },
      'the voice activity model did not load; interruptions are found by level alone (install the optional packages)',
    );
  }
  return { ...voiceActivity(model, log), close: async () => model?.close() };
}

/** @param model null to judge by level alone. */
export function voiceActivity(model: SpeechModel | null, log: Logger): VoiceActivity {
  const onModelFailed = (error: unknown) =>
    log.error(
      { problem: describeError(error) },
      'the voice activity model failed; this call goes on by level',
    );
  return {
    open: (handlers) =>
      new VoiceDetector(model?.stream() ?? levelAlone, voiceActivityTunables, handlers, onModelFailed),
  };
}

/** Whatever the gate lets through is taken for voice. */
const levelAlone: SpeechProbabilityStream = {
  push: () => Promise.resolve(1),
  reset: () => undefined,
};

/** One caller's side of the line. The model runs only while watched, and only on sound. */
class VoiceDetector implements VoiceActivityStream {
  #model: SpeechProbabilityStream;
  readonly #onModelFailed: (error: unknown) => void;
  readonly #tunables: VoiceActivityTunables;
  readonly #handlers: VoiceHandlers;
  readonly #gate: EnergyGate;
  readonly #window = new Float32Array(WINDOW_SAMPLES);
  #filled = 0;
  #waiting: Float32Array[] = [];
  #judging = false;
  #gateOpen = false;
  #voice = false;
  #voicedMs = 0;
  #unvoicedMs = 0;
  /** Raised whenever what is under way in the model no longer counts. */
  #epoch = 0;

  constructor(
    model: SpeechProbabilityStream,
    tunables: VoiceActivityTunables,
    handlers: VoiceHandlers,
    onModelFailed: (error: unknown) => void,
  ) {
    this.#model = model;
    this.#onModelFailed = onModelFailed;
    this.#tunables = tunables;
    this.#handlers = handlers;
    this.#gate = new EnergyGate(tunables);
  }

  get quietForMs(): number | null {
    return this.#gate.quietForMs;
  }

  push(frame: Buffer, watched: boolean): void {
    const sound = this.#gate.push(frame, watched);
    const quietForMs = this.#gate.quietForMs ?? Number.POSITIVE_INFINITY;
    const open = watched && (sound || (this.#gateOpen && quietForMs <= this.#tunables.gateHangMs));
    if (!open) {
      if (this.#gateOpen) this.#shut();
      return;
    }
    this.#gateOpen = true;
    for (let i = 0; i < frame.length; i++) {
      this.#window[this.#filled++] = MULAW_SAMPLES[frame[i] ?? 0xff] ?? 0;
      if (this.#filled === WINDOW_SAMPLES) this.#windowFull();
    }
  }

  close(): void {
    this.#epoch += 1;
    this.#waiting = [];
  }

  #windowFull(): void {
    this.#filled = 0;
    this.#waiting.push(this.#window.slice());
    if (this.#waiting.length > MAX_WAITING_WINDOWS) this.#waiting.shift();
    if (!this.#judging) void this.#judge();
  }

  async #judge(): Promise<void> {
    this.#judging = true;
    for (let window = this.#waiting.shift(); window !== undefined; window = this.#waiting.shift()) {
      const epoch = this.#epoch;
      const probability = await this.#probabilityOf(window);
      if (epoch === this.#epoch) this.#onProbability(probability);
    }
    this.#judging = false;
  }

  /** A model that fails in mid-call is done without: the call goes on by level alone. */
  async #probabilityOf(window: Float32Array): Promise<number> {
    try {
      return await this.#model.push(window);
    } catch (error) {
      this.#onModelFailed(error);
      this.#model = levelAlone;
      return levelAlone.push(window);
    }
  }

  #onProbability(probability: number): void {
    const { onProbability, offProbability, confirmMs, releaseMs } = this.#tunables;
    if (probability >= onProbability) {
      this.#voicedMs += WINDOW_MS;
      this.#unvoicedMs = 0;
    } else if (probability < offProbability) {
      this.#unvoicedMs += WINDOW_MS;
      if (!this.#voice) this.#voicedMs = Math.max(0, this.#voicedMs - WINDOW_MS);
    }
    if (!this.#voice && this.#voicedMs >= confirmMs) {
      this.#voice = true;
      this.#handlers.onVoice(Math.round(this.#voicedMs), releaseMs);
    } else if (this.#voice && this.#unvoicedMs >= releaseMs) this.#release();
  }

  /** The line is quiet, or nothing depends on it any more. */
  #shut(): void {
    this.#epoch += 1;
    this.#gateOpen = false;
    this.#filled = 0;
    this.#waiting = [];
    this.#model.reset();
    this.#release();
  }

  #release(): void {
    this.#voicedMs = 0;
    this.#unvoicedMs = 0;
    if (!this.#voice) return;
    this.#voice = false;
    this.#handlers.onSilence();
  }
}
