import { SILENCE } from '../speech/mulaw.ts';

/** What a stream has been sent and not yet played: audio, and marks between the audio. */
export class PlayBuffer {
  #audio: Buffer[] = [];
  #marks: Array<{ name: string; at: number }> = [];
  #received = 0;
  #played = 0;

  add(audio: Buffer): void {
    this.#audio.push(audio);
    this.#received += audio.length;
  }

  mark(name: string): void {
    this.#marks.push({ name, at: this.#received });
  }

  /** Plays one frame; silence where there is nothing. Returns it with the marks that were reached. */
  play(frameBytes: number): { frame: Buffer; marks: string[]; underrun: boolean } {
    const frame = Buffer.alloc(frameBytes, SILENCE);
    let filled = 0;
    while (filled < frameBytes) {
      const first = this.#audio[0];
      if (first === undefined) break;
      const taken = first.copy(frame, filled, 0, Math.min(first.length, frameBytes - filled));
      filled += taken;
      if (taken === first.length) this.#audio.shift();
      else this.#audio[0] = first.subarray(taken);
    }
    this.#played += filled;
    return { frame, marks: this.#reachedMarks(), underrun: filled > 0 && filled < frameBytes };
  }

  /** Drops everything unplayed; every pending mark comes back at once. */
  clear(): string[] {
    this.#audio = [];
    this.#played = this.#received;
    return this.#reachedMarks();
  }

  get waitingBytes(): number {
    return this.#received - this.#played;
  }

  #reachedMarks(): string[] {
    const reached = this.#marks.filter((mark) => mark.at <= this.#played);
    if (reached.length > 0) this.#marks = this.#marks.filter((mark) => mark.at > this.#played);
    return reached.map((mark) => mark.name);
  }
}
