import type { TimingsShape } from '../../server/http/shapes/calls.ts';

/** What somebody waited for after they had spoken. */
export interface Stage {
  name: string;
  colour: string;
  ms: number;
}

/**
 * The wait for an answer, from the last sound of the caller to the first sound of the persona, by what took the time.
 * A reply that was drafted ahead was thought while the end of the turn was waited for: that part took no time of its own.
 */
export function stagesOf({
  lastVoicedAt,
  endOfTurnAt,
  committedAt,
  firstTokenAt,
  firstTextAt,
  firstAudioAt,
}: TimingsShape): Stage[] {
  const marks: Array<[string, string, number | null]> = [
    ['hearing that they have finished', '#4263eb', endOfTurnAt],
    ['leaving them time to go on', '#9c36b5', committedAt],
    ['thinking', '#e8590c', firstTokenAt],
    ['finding the first words', '#2b8a3e', firstTextAt],
    ['finding its voice', '#c2255c', firstAudioAt],
  ];
  let at = lastVoicedAt ?? endOfTurnAt;
  return marks.map(([name, colour, end]) => {
    const ms = Math.max(0, (end ?? at) - at);
    at = Math.max(at, end ?? at);
    return { name, colour, ms };
  });
}

export function waitOf(stages: readonly Stage[]): number {
  return stages.reduce((sum, { ms }) => sum + ms, 0);
}
