/** Every constant of the conversation, in milliseconds unless named otherwise, with its reason. */
export interface Tunables {
  /** Outbound: how long to wait for the callee's "hello" before speaking first. */
  openAfterMs: number;
  /** A callee who is still talking at that moment is given this much longer. */
  openHoldMs: number;
  /** With less than this left to hear, speech is an answer to what was said, not an interruption of it. */
  nearlyDoneMs: number;
  /** From the caller's last word to the first sound of the answer; then the persona apologises instead. */
  answerDeadlineMs: number;
  /** A tool that has not answered by then is reported to the model as failed. */
  toolDeadlineMs: number;
  /** Text-to-speech that adds no audio for this long has stalled. */
  ttsStallMs: number;
  /** How often one text is given to text-to-speech before it is dropped. */
  ttsTries: number;
  /** After the computed end of playback, how long to wait for the echo of the last mark. */
  drainGraceMs: number;
  /** A turn whose transcript stops growing without an end is taken as ended. */
  stuckTurnMs: number;
  /** Silence on both sides before the persona asks whether anybody is there. */
  repromptAfterMs: number;
  /** Model failures in a row after which the call ends with an apology. */
  modelFailuresToEnd: number;
  /** Without speech-to-text for this long, the call ends with a goodbye. */
  hearingLostMs: number;
  /** Closing: how long what is on air may go on before it is cut for the goodbye. */
  closingGraceMs: number;
  /** The goodbye must be over this long after it began. */
  goodbyeDeadlineMs: number;
  /** After our hang-up the line must close within this time. */
  hangUpDeadlineMs: number;
}

export const defaultTunables: Tunables = {
  openAfterMs: 1_200, // people say hello within about a second of picking up (peers' issue threads on early greetings)
  openHoldMs: 3_000,
  nearlyDoneMs: 1_000,
  answerDeadlineMs: 6_000, // below the 7.2 s at which silence on a fault-free line counts as a defect
  toolDeadlineMs: 5_000,
  ttsStallMs: 3_000,
  ttsTries: 2,
  drainGraceMs: 1_500,
  stuckTurnMs: 5_000, // Deepgram Flux ends a turn by itself after eot_timeout_ms, 5,000 by default
  repromptAfterMs: 7_000,
  modelFailuresToEnd: 3,
  hearingLostMs: 8_000,
  closingGraceMs: 4_000,
  goodbyeDeadlineMs: 15_000,
  hangUpDeadlineMs: 5_000,
};
