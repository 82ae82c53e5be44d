/**
 * Randomness by key, never one sequential stream: taking a move out of a scenario must not reshuffle the rest,
 * or a failing call could not be made smaller.
 */
export class Draws {
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = mix(seed ^ 0x9e3779b9);
  }

  /** A number in [0, 1) that belongs to the key and nothing else. */
  unit(key: string, n = 0): number {
    let hash = this.#seed ^ mix(n + 0x85ebca6b);
    for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
    return mix(hash) / 0x1_0000_0000;
  }

  /** A whole number between both ends, both included. */
  int(key: string, n: number, from: number, to: number): number {
    return from + Math.floor(this.unit(key, n) * (to - from + 1));
  }

  chance(key: string, n: number, share: number): boolean {
    return this.unit(key, n) < share;
  }

  pick<T>(key: string, n: number, from: readonly [T, ...T[]]): T {
    return from[Math.floor(this.unit(key, n) * from.length)] ?? from[0];
  }
}

/** A finaliser that spreads every bit (the one of MurmurHash3). */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
