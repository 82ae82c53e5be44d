import type { Speech } from '../speech/engine.ts';
import { meanLevel, SILENCE } from '../speech/mulaw.ts';

/** When the caller says a line. */
export type Cue =
  | { after: 'answer'; delayMs: number }
  /** The persona has spoken and has then been silent for so long. */
  | { after: 'reply'; delayMs: number }
  /** So long after the persona has begun to speak: an interruption. */
  | { after: 'speech'; delayMs: number };

export interface Line {
  cue: Cue;
  speech: Speech;
}

export interface CallerScript {
  /** Rings this long before picking up; null never picks up. */
  answerAfterMs: number | null;
  /** What the carrier finds on the line, and when. */
  answeredBy: 'human' | 'machine';
  amdAfterMs: number;
  lines: Line[];
  /** Hangs up this long after the last line; null leaves that to the other side. */
  hangUpAfterMs: number | null;
}

export const FRAME_BYTES = 160;
const FRAME_MS = 20;
/** A frame louder than this is speech. */
const SPEECH_LEVEL = 150;
/** A caller whom nobody answers says the next line after this long. */
const PATIENCE_MS = 9_000;

const silentFrame = Buffer.alloc(FRAME_BYTES, SILENCE);

/** A person on the phone who follows a script and takes turns by listening. Time is counted in frames. */
export class ScriptedCaller {
  readonly #script: CallerScript;
  #nowMs = 0;
  #next = 0;
  #saying: { audio: Buffer; at: number } | null = null;
  #lastSpokeAt = 0;
  /** When the persona first spoke since the caller's last line, and when it was last heard. */
  #heardFrom: number | null = null;
  #heardUntil = 0;

  constructor(script: CallerScript) {
    this.#script = script;
  }

  /** What the caller hears and says in the next 20 ms. */
  frame(heard: Buffer): Buffer {
    this.#nowMs += FRAME_MS;
    if (meanLevel(heard) > SPEECH_LEVEL) {
      this.#heardFrom ??= this.#nowMs;
      this.#heardUntil = this.#nowMs;
    }
    if (this.#saying === null) this.#considerSpeaking();
    return this.#speakOn();
  }

  get wantsToHangUp(): boolean {
    const { hangUpAfterMs, lines } = this.#script;
    return (
      hangUpAfterMs !== null &&
      this.#saying === null &&
      this.#next >= lines.length &&
      this.#nowMs - this.#lastSpokeAt >= hangUpAfterMs
    );
  }

  #considerSpeaking(): void {
    const line = this.#script.lines[this.#next];
    if (line === undefined || !this.#isDue(line.cue)) return;
    this.#next += 1;
    this.#saying = { audio: line.speech.audio, at: 0 };
  }

  #isDue(cue: Cue): boolean {
    const impatient = this.#nowMs - Math.max(this.#lastSpokeAt, this.#heardUntil) >= PATIENCE_MS;
    switch (cue.after) {
      case 'answer':
        return this.#nowMs >= cue.delayMs;
      case 'reply':
        return impatient || (this.#heardFrom !== null && this.#nowMs - this.#heardUntil >= cue.delayMs);
      case 'speech':
        return impatient || (this.#heardFrom !== null && this.#nowMs - this.#heardFrom >= cue.delayMs);
      default:
        return cue satisfies never;
    }
  }

  #speakOn(): Buffer {
    if (this.#saying === null) return silentFrame;
    const { audio, at } = this.#saying;
    const frame = Buffer.alloc(FRAME_BYTES, SILENCE);
    audio.copy(frame, 0, at, Math.min(at + FRAME_BYTES, audio.length));
    this.#lastSpokeAt = this.#nowMs;
    if (at + FRAME_BYTES < audio.length) this.#saying = { audio, at: at + FRAME_BYTES };
    else {
      this.#saying = null;
      this.#heardFrom = null; // only what the persona says from now on is an answer
    }
    return frame;
  }
}
