/** The constants of voice activity detection, with their reasons. Levels are dBFS of a 20 ms frame. */
export interface VoiceActivityTunables {
  /** A frame counts as sound when it is this much above the line's noise floor ... */
  aboveFloorDb: number;
  /** ... and this much above what usually comes in while the persona speaks, which is mostly its own echo ... */
  aboveEchoDb: number;
  /** ... and not below this in any case. */
  quietestSoundDb: number;
  /** How fast the estimates follow a louder line; a quieter one is followed at once. dB a second. */
  floorRiseDbPerS: number;
  echoRiseDbPerS: number;
  /** The model goes on listening for this long after the last frame of sound. */
  gateHangMs: number;
  /** Probability above which a window is voice, and below which it is not. */
  onProbability: number;
  offProbability: number;
  /** Voice for this long is reported; it ends after this much without. */
  confirmMs: number;
  releaseMs: number;
}

export const voiceActivityTunables: VoiceActivityTunables = {
  aboveFloorDb: 12,
  aboveEchoDb: 12, // an echo 30 dB down is still "voice" to the model in 64 % of windows, so level has to tell
  quietestSoundDb: -50,
  floorRiseDbPerS: 1,
  echoRiseDbPerS: 6,
  gateHangMs: 300,
  onProbability: 0.5, // Silero's own threshold; with 0.35 as the way back
  offProbability: 0.35,
  confirmMs: 192, // six windows of 32 ms: 60 to 80 ms of audio before Flux's StartOfTurn on "yes" and "nope"
  releaseMs: 160, // five windows: a backchannel must be seen to be over before it counts as an interruption
};
