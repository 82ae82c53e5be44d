import type { TimingsShape } from '../../server/http/shapes/calls.ts';

/** What somebody waited for after they had spoken. */
export interface Stage {
  name: string;
  colour: string;
  ms: number;
}

/** In the order in which they come. */
export const STAGES = [
  { name: 'hearing that they have finished', colour: '#4263eb', endOf: (timings) => timings.endOfTurnAt },
  { name: 'leaving them time to go on', colour: '#9c36b5', endOf: (timings) => timings.committedAt },
  { name: 'thinking', colour: '#e8590c', endOf: (timings) => timings.firstTokenAt },
  { name: 'finding the first words', colour: '#2b8a3e', endOf: (timings) => timings.firstTextAt },
  { name: 'finding its voice', colour: '#c2255c', endOf: (timings) => timings.firstAudioAt },
] as const satisfies ReadonlyArray<{
  name: string;
  colour: string;
  endOf(timings: TimingsShape): number | null;
}>;

/**
 * The wait for an answer, from the last sound of the caller to the first sound of the persona, by what took the time.
 * A reply that was drafted ahead was thought while the end of the turn was waited for: that part took no time of its own.
 */
export function stagesOf(timings: TimingsShape): Stage[] {
  let at = timings.lastVoicedAt ?? timings.endOfTurnAt;
  return STAGES.map(({ name, colour, endOf }) => {
    const end = endOf(timings) ?? at;
    const ms = Math.max(0, end - at);
    at = Math.max(at, end);
    return { name, colour, ms };
  });
}

export function waitOf(stages: readonly Stage[]): number {
  return stages.reduce((sum, { ms }) => sum + ms, 0);
}
