/** The 90th percentile of the last so many times. */
export class LatencyWindow {
  readonly #size: number;
  readonly #needs: number;
  #times: number[] = [];
  #p90: number | null = null;

  constructor(size: number, needs: number) {
    this.#size = size;
    this.#needs = needs;
  }

  add(milliseconds: number): void {
    this.#times.push(milliseconds);
    if (this.#times.length > this.#size) this.#times.shift();
    this.#p90 = null;
  }

  /** Null until there are enough of them. */
  p90(): number | null {
    if (this.#times.length < this.#needs) return null;
    this.#p90 ??= this.#nearestRank(0.9);
    return this.#p90;
  }

  #nearestRank(share: number): number {
    const sorted = [...this.#times].sort((a, b) => a - b);
    return sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  }
}
