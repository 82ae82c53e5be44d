/** The constants of asking language models, with their reasons. */

/** A spoken reply is short; 200 tokens are about a minute of speech. */
export const MAX_REPLY_TOKENS = 200;
/** Until the response's headers. */
export const REQUEST_TIMEOUT_MS = 2_500;
/** Between two chunks of the stream, and before the first one: the SDKs do not watch that. */
export const STREAM_SILENCE_MS = 2_500;

/** When a second model is asked beside the first, and when the first is given up. Counted to the first useful token. */
export const hedgeTunables = {
  /** The second model is asked too after this long, or after so many times the first one's usual time. */
  hedgeAfterMs: 700,
  hedgeAfterP90: 1.5,
  /** Of all turns, at most this share is asked twice. */
  hedgeShare: 0.2,
  /** So many hedges may come in a row before the share applies. */
  hedgeBurst: 3,
  /** The first model is given up after this long, or so many times its usual time, and never later than the last. */
  switchAfterMs: 1_500,
  switchAfterP90: 2,
  switchAtMostMs: 2_500,
  /** How many answers make up "usual", and how many it takes to know. */
  windowSize: 50,
  windowNeeds: 5,
  /** So many failures in a row open the breaker: the first model is not asked at all. */
  failuresToOpen: 3,
  /** After this long one turn asks both at once, to see whether the first is back; each failed probe doubles it, up to the last. */
  probeAfterMs: 10_000,
  probeAtMostMs: 80_000,
} as const;

export type HedgeTunables = { readonly [Name in keyof typeof hedgeTunables]: number };
