/** What keys make of a PIN: hash, the digits, hash. Everything else is left to others. */
export class PinEntry {
  #digits: string | null = null;

  /** @returns the PIN when it is complete; true when the key belongs to one; false when it does not. */
  push(digit: string): string | boolean {
    if (digit === '#') {
      const entered = this.#digits;
      this.#digits = entered === null || entered === '' ? '' : null;
      return entered === null || entered === '' ? true : entered;
    }
    if (this.#digits === null) return false;
    if (this.#digits.length >= MOST_DIGITS) this.#digits = null;
    else this.#digits += digit;
    return true;
  }
}

const MOST_DIGITS = 8;
