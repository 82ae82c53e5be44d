/** The figures by which an instance judges itself and is judged by others. */

/** How often it says that it is there, and looks whether it leads and whether vendors can be reached. */
export const BEAT_MS = 2_000;
/** Silent for longer, it counts as gone. */
export const GONE_AFTER_SECONDS = 15;
/** A vendor that does not take a connection within this is not there. */
export const PROBE_TIMEOUT_MS = 1_500;
/** Probes in a row that have to fail: two of them, and their time, stay under the five seconds of `/ready`. */
export const PROBES_TO_BE_DOWN = 2;
/** Utterances in a row that a vendor failed, after which it counts as down until one succeeds or it was left alone for a while. */
export const FAILURES_TO_BE_DOWN = 5;
export const FORGIVEN_AFTER_MS = 30_000;
/** The event loop is looked at so finely; its own delay is part of each sample. */
export const LAG_RESOLUTION_MS = 10;
/**
 * The share of samples that may be late: with 20 ms frames, one late sample in ten is a jitter that the carrier's
 * buffer evens out; more of them are an instance that carries too much (docs/scaling.md).
 */
export const LAG_PERCENTILE = 90;
/** How long `/ready` waits for the database. */
export const DATABASE_ANSWERS_WITHIN_MS = 2_000;
