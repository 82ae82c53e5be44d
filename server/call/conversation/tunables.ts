/**
 * Every constant of the conversation, in milliseconds unless named otherwise, with its reason.
 * A profile changes how quickly the persona takes its turn and gives it up; the rest is the same for all.
 */

export type TurnTakingProfile = 'conservative' | 'balanced' | 'aggressive';

/** How the caller's turns are found and how the persona may be interrupted. */
export interface TurnTaking {
  /** Speech-to-text: confidence at which a turn counts as over, and as probably over. Deepgram Flux's scale. */
  endOfTurnThreshold: number;
  eagerThreshold: number;
  /** Speech-to-text ends a turn by itself after this much silence. */
  endOfTurnTimeoutMs: number;
  /** A turn that ends in mid-sentence is given this much longer, at least and at most; in between the speaker's own pauses decide. */
  minHesitationMs: number;
  maxHesitationMs: number;
  /** Sound without words that lasts this long silences the persona for the time being. */
  holdAfterMs: number;
  /** So many words, none of them a sign of listening, stop the persona; a stop word alone always does. */
  cutAfterWords: number;
}

export interface Tunables extends TurnTaking {
  /** Outbound: how long to wait for the callee's "hello" before speaking first. */
  openAfterMs: number;
  /** A callee who is still talking at that moment is given this much longer. */
  openHoldMs: number;
  /** After the sound of a "hello" has ended, how long to wait for speech-to-text to end its turn. */
  helloGraceMs: number;
  /** With less than this left to hear, speech is an answer to what was said, not an interruption of it. */
  nearlyDoneMs: number;
  /** A hold without words ends after this long, and the persona goes on from where it was heard. */
  resumeAfterMs: number;
  /** The caller's words are compared with what the persona said in this stretch before; what matches is echo. */
  echoWindowMs: number;
  /** Weight of the newest pause in the mean of the speaker's own pauses. */
  pauseWeight: number;
  /** A speaker's next pause may be this much longer than the mean before the turn counts as over. */
  pauseMargin: number;
  /** Replies drafted ahead for one turn; each is paid for even when it is thrown away. */
  maxDrafts: number;
  /** From the commit of the caller's turn to the first sound of the answer; then the persona apologises instead. */
  answerDeadlineMs: number;
  /** A tool that takes longer than this gets a spoken filler. */
  fillerAfterMs: number;
  /** A tool that has not answered by then is reported to the model as failed. */
  toolDeadlineMs: number;
  /** No further text is synthesised while more than this much audio is still unheard: what is cut off was paid for. */
  textAheadMs: number;
  /** Length of speech expected for a character of text, until its audio has arrived. */
  msPerCharacter: number;
  /** Text-to-speech that adds no audio for this long has stalled. */
  ttsStallMs: number;
  /** How often one text is given to text-to-speech before it is dropped: as usual, in a new context, with the fallback model. */
  ttsTries: number;
  /** After the computed end of playback, how long to wait for the echo of the last mark. */
  drainGraceMs: number;
  /** A turn whose transcript stops growing without an end is taken as ended. */
  stuckTurnMs: number;
  /** Silence on both sides before the persona asks whether anybody is there. */
  repromptAfterMs: number;
  /** After a call screener was answered, how long its owner may take to pick up. */
  screeningPatienceMs: number;
  /** How long the persona stays silent after the callee asked for it with the star key. */
  quietMs: number;
  /** How often it is said again that an AI is speaking. */
  discloseEveryMs: number;
  /** So many turns in a row that repeat an earlier one are a recording or another bot. */
  loopRepeatsToEnd: number;
  /** A notice that was interrupted before half of it was heard is said again, up to so many times in all. */
  noticeTries: number;
  /** How often it is asked whether the call may be recorded, or announced, when it was not heard or not answered plainly. */
  recordingTries: number;
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

export const turnTakingProfiles: Readonly<Record<TurnTakingProfile, TurnTaking>> = {
  /** For people who think aloud, and for noisy places. */
  conservative: {
    endOfTurnThreshold: 0.8,
    eagerThreshold: 0.6,
    endOfTurnTimeoutMs: 7_000,
    minHesitationMs: 700,
    maxHesitationMs: 3_000, // LiveKit's fixed endpointing: 500 to 3,000
    holdAfterMs: 1_000,
    cutAfterWords: 2,
  },
  balanced: {
    endOfTurnThreshold: 0.7, // Deepgram's default
    eagerThreshold: 0.4,
    endOfTurnTimeoutMs: 5_000, // Deepgram's default
    minHesitationMs: 400,
    maxHesitationMs: 2_000,
    holdAfterMs: 700,
    cutAfterWords: 1,
  },
  /** For brisk talk on a clean line. */
  aggressive: {
    endOfTurnThreshold: 0.6,
    eagerThreshold: 0.3,
    endOfTurnTimeoutMs: 3_000,
    minHesitationMs: 200,
    maxHesitationMs: 1_000,
    holdAfterMs: 500, // LiveKit's minimum length of an interruption
    cutAfterWords: 1,
  },
};

/** The constants of one profile. */
export function tunablesFor(profile: TurnTakingProfile): Tunables {
  return {
    ...turnTakingProfiles[profile],
    openAfterMs: 1_200, // people say hello within about a second of picking up
    openHoldMs: 3_000,
    helloGraceMs: 600, // recorded Flux sessions ended "Yes." 380 ms after its last sound
    nearlyDoneMs: 1_000,
    resumeAfterMs: 2_000, // LiveKit's falseInterruptionTimeout
    echoWindowMs: 3_000,
    pauseWeight: 0.3,
    pauseMargin: 1.3,
    maxDrafts: 3,
    answerDeadlineMs: 6_000, // below the 7.2 s at which silence on a fault-free line counts as a defect
    fillerAfterMs: 700,
    toolDeadlineMs: 5_000,
    textAheadMs: 5_000,
    msPerCharacter: 65, // 15 characters a second
    ttsStallMs: 1_500, // three tries must fit into the answer's deadline; first audio usually takes 90 to 200 ms
    ttsTries: 3,
    drainGraceMs: 1_500,
    stuckTurnMs: 5_000,
    repromptAfterMs: 7_000,
    screeningPatienceMs: 45_000,
    quietMs: 300_000,
    discloseEveryMs: 3 * 3_600_000, // New York Gen. Bus. Law art. 47 and California SB 243: every three hours
    loopRepeatsToEnd: 3,
    noticeTries: 2,
    recordingTries: 2,
    modelFailuresToEnd: 3,
    hearingLostMs: 8_000,
    closingGraceMs: 4_000,
    goodbyeDeadlineMs: 15_000,
    hangUpDeadlineMs: 5_000,
  };
}

export const defaultTunables: Tunables = tunablesFor('balanced');
