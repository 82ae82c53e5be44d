/** The constants of hearing a call through, whatever happens to connections. */

/** Twilio's frames. */
export const FRAME_MS = 20;
/** First retry at once, then ever later, as long as the call lasts. */
export const RETRY_DELAYS_MS = [0, 250, 500, 1_000, 2_000];
/** So many failures in a row, and the next vendor takes over. The first may be a hiccup; a phone call has no time for a third. */
export const FAILURES_TO_TAKE_OVER = 2;
/** A connection that was open this long has worked: what happens to it then counts as the first failure. */
export const PROVEN_AFTER_MS = 1_000;
/** 60 s: more than a turn ever needs, and a bound on memory. */
export const MAX_KEPT_FRAMES = 60_000 / FRAME_MS;
/** Without a word recognised, this much is enough to hear a word's beginning again; the rest would only be billed twice. */
export const KEPT_SILENT_FRAMES = 3_000 / FRAME_MS;
/** Where a vendor does not say how far it had listened when a turn ended: more than its events lag behind the audio. */
export const ASSUMED_LAG_FRAMES = 500 / FRAME_MS;
export const CONNECT_TIMEOUT_MS = 3_000;
