/** Limits of one request to a language model. */

/** A spoken reply is short; 200 tokens are about a minute of speech. */
export const MAX_REPLY_TOKENS = 200;
/** Until the response's headers. */
export const REQUEST_TIMEOUT_MS = 2_500;
/** Between two chunks of the stream, and before the first one: the SDKs do not watch that. */
export const STREAM_SILENCE_MS = 2_500;
