/** What the page and the worklet that sounds and listens tell each other. */

export type ToLine =
  /** Mu-law that is to be heard. */
  | { type: 'play'; bytes: Uint8Array }
  /** Told back when all that came before it was heard, or dropped. */
  | { type: 'mark'; name: string }
  /** Drops what was not heard yet. */
  | { type: 'clear' }
  /** Mu-law that is said in the microphone’s place. */
  | { type: 'say'; bytes: Uint8Array };

export type FromLine =
  /** 20 ms that were said, and how loud both sides were, 0 to 1. */
  { type: 'frame'; bytes: Uint8Array; said: number; heard: number } | { type: 'mark'; name: string };
