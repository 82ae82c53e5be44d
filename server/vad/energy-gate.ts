import { MULAW_SAMPLES } from './mulaw.ts';
import type { VoiceActivityTunables } from './tunables.ts';

const FRAMES_PER_S = 50;
const FRAME_MS = 20;
const SILENT_DB = -90;
/** The line's noise before anything is known: a quiet telephone line. */
const FIRST_FLOOR_DB = -60;
/** Each frame the floor falls this share of the way to a quieter one. */
const FALL_SHARE = 0.3;

const SQUARES = MULAW_SAMPLES.map((sample) => sample * sample);

/** The level of a frame in dB below full scale. */
export function levelDb(frame: Buffer): number {
  let sum = 0;
  for (let i = 0; i < frame.length; i++) sum += SQUARES[frame[i] ?? 0xff] ?? 0;
  return sum === 0 ? SILENT_DB : Math.max(SILENT_DB, 10 * Math.log10(sum / frame.length));
}

/**
 * Tells sound from the line's own noise, and from the persona's echo, by level alone. Cheap enough for every frame;
 * what it lets through is for the model to judge.
 */
export class EnergyGate {
  readonly #tunables: VoiceActivityTunables;
  #floorDb = FIRST_FLOOR_DB;
  #echoDb = FIRST_FLOOR_DB;
  #framesSinceSound: number | null = null;

  constructor(tunables: VoiceActivityTunables) {
    this.#tunables = tunables;
  }

  /**
   * @param overPersona the persona is to be heard on the line, so its echo may be.
   * @returns whether the frame is sound.
   */
  push(frame: Buffer, overPersona: boolean): boolean {
    const { aboveFloorDb, aboveEchoDb, quietestSoundDb, floorRiseDbPerS, echoRiseDbPerS } = this.#tunables;
    const level = levelDb(frame);
    const threshold = Math.max(
      this.#floorDb + aboveFloorDb,
      overPersona ? this.#echoDb + aboveEchoDb : SILENT_DB,
      quietestSoundDb,
    );
    this.#floorDb = follow(this.#floorDb, level, floorRiseDbPerS);
    if (overPersona) this.#echoDb = follow(this.#echoDb, level, echoRiseDbPerS);
    const sound = level > threshold;
    if (sound) this.#framesSinceSound = 0;
    else if (this.#framesSinceSound !== null) this.#framesSinceSound += 1;
    return sound;
  }

  /** Milliseconds of audio since the last frame of sound; null when there was none. */
  get quietForMs(): number | null {
    return this.#framesSinceSound === null ? null : this.#framesSinceSound * FRAME_MS;
  }
}

function follow(estimateDb: number, levelDb: number, riseDbPerS: number): number {
  if (levelDb < estimateDb) return estimateDb + (levelDb - estimateDb) * FALL_SHARE;
  return Math.min(levelDb, estimateDb + riseDbPerS / FRAMES_PER_S);
}
