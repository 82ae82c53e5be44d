import type { TurnDelays } from './deepgram/timing-turns.ts';

/** How long the stand-ins take. */
export interface VendorDelays {
  /** By how much speech-to-text lags the audio it tells of. */
  hearingLagMs: number;
  /** Only for the timing profile, which does not listen to what is said. */
  turns: TurnDelays;
  firstTokenMs: number;
  secondModelFirstTokenMs: number;
  firstAudioMs: number;
}

export const DELAYS = {
  /** Near what the vendors publish, and what recorded Flux sessions show. */
  usual: {
    hearingLagMs: 300, // recorded sessions: events lag their audio by about 350 ms in all
    turns: { start: 80, eagerEnd: 120, end: 260 },
    firstTokenMs: 180,
    secondModelFirstTokenMs: 360,
    firstAudioMs: 90,
  },
  /** For load runs: the usual delays, and every one of them known exactly. */
  modelled: {
    hearingLagMs: 0,
    turns: { start: 80, eagerEnd: 120, end: 260 },
    firstTokenMs: 180,
    secondModelFirstTokenMs: 360,
    firstAudioMs: 90,
  },
  /** For load runs: whatever is left is our own. */
  zero: {
    hearingLagMs: 0,
    turns: { start: 20, eagerEnd: 20, end: 20 },
    firstTokenMs: 0,
    secondModelFirstTokenMs: 0,
    firstAudioMs: 0,
  },
} as const satisfies Record<string, VendorDelays>;

export type DelayName = keyof typeof DELAYS;
