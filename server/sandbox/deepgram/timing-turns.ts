import { meanLevel } from '../speech/mulaw.ts';
import type { TurnInfo } from './flux-turns.ts';

/** How long after the sound the timing profile tells of it, in milliseconds of audio. */
export interface TurnDelays {
  start: number;
  eagerEnd: number;
  end: number;
}

const BYTES_PER_MS = 8;
/** Louder than this is speech, on a line without noise. */
const SPEECH_LEVEL = 200;
const UPDATE_MS = 240;
/** The timing profile hears one word for each of these stretches of sound. */
const WORD_MS = 300;

/**
 * The `timing` profile for load runs: turns by energy alone, at exactly known delays after the sound, no recognition.
 * Times are counted in audio received, frame by frame, so that batching is paid for.
 */
export class TimingTurns {
  readonly #delays: TurnDelays;
  readonly #eager: boolean;
  #turn = 0;
  #nowMs = 0;
  #voicedMs = 0;
  #voicedAt = 0;
  #started = false;
  #announced = false;
  #lastUpdateMs = 0;

  constructor(delays: TurnDelays, eager: boolean) {
    this.#delays = delays;
    this.#eager = eager;
  }

  push(frame: Buffer): TurnInfo[] {
    this.#nowMs += frame.length / BYTES_PER_MS;
    const messages: TurnInfo[] = [];
    const voiced = meanLevel(frame) >= SPEECH_LEVEL;
    if (voiced) this.#onVoiced(frame.length / BYTES_PER_MS, messages);
    else if (this.#started) this.#onSilent(messages);
    if (this.#nowMs - this.#lastUpdateMs >= UPDATE_MS) messages.push(this.#message('Update'));
    return messages;
  }

  #onVoiced(ms: number, messages: TurnInfo[]): void {
    if (this.#announced) {
      this.#announced = false;
      messages.push(this.#message('TurnResumed'));
    }
    this.#voicedMs += ms;
    this.#voicedAt = this.#nowMs;
    if (this.#started || this.#voicedMs < this.#delays.start) return;
    this.#started = true;
    messages.push(this.#message('StartOfTurn'));
  }

  #onSilent(messages: TurnInfo[]): void {
    const silentMs = this.#nowMs - this.#voicedAt;
    if (this.#eager && !this.#announced && silentMs >= this.#delays.eagerEnd) {
      this.#announced = true;
      messages.push(this.#message('EagerEndOfTurn'));
    }
    if (silentMs < this.#delays.end) return;
    messages.push({ ...this.#message('EndOfTurn'), trigger: 'model' });
    this.#turn += 1;
    this.#started = false;
    this.#announced = false;
    this.#voicedMs = 0;
  }

  #message(event: TurnInfo['event']): TurnInfo {
    this.#lastUpdateMs = this.#nowMs;
    const count = this.#started ? Math.max(1, Math.floor(this.#voicedMs / WORD_MS)) : 0;
    // Numbered, so that no turn looks like the repetition of another.
    const words = Array.from({ length: count }, (_, i) => ({
      word: `word${this.#turn}x${i}`,
      confidence: 0.98,
    }));
    return {
      event,
      turn_index: this.#turn,
      audio_window_start: 0,
      audio_window_end: this.#nowMs / 1_000,
      transcript: words.map(({ word }) => word).join(' '),
      words,
      end_of_turn_confidence: event === 'EndOfTurn' ? 0.8 : 0.3,
    };
  }
}
