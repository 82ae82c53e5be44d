import type { TurnTimings } from '../call/turn-timings.ts';

/** One character for so many milliseconds. */
const MS_PER_CHARACTER = 20;

/** Where the wait for an answer went: from the caller's last sound to the first sound of the persona, stage by stage. */
export function waterfall(timings: TurnTimings): string {
  const { lastVoicedAt, endOfTurnAt, committedAt, askedAt, firstTokenAt, firstAudioAt } = timings;
  if (firstAudioAt === null) return '';
  const from = lastVoicedAt ?? endOfTurnAt;
  const token = Math.max(committedAt, firstTokenAt ?? committedAt);
  const stages: Array<[name: string, mark: string, ms: number]> = [
    ['hearing', '░', endOfTurnAt - from],
    ['pause for thought', '·', committedAt - endOfTurnAt],
    ['thinking', '▒', token - committedAt],
    ['voice', '█', firstAudioAt - token],
  ];
  const shown = stages.filter(([, , ms]) => ms > 0);
  const bar = shown
    .map(([, mark, ms]) => mark.repeat(Math.max(1, Math.round(ms / MS_PER_CHARACTER))))
    .join('');
  const names = shown.map(([name, mark, ms]) => `${mark} ${name} ${ms}`).join('  ');
  return `${bar} ${firstAudioAt - from} ms   ${names}${drafting(timings, askedAt, committedAt)}`;
}

function drafting(timings: TurnTimings, askedAt: number, committedAt: number): string {
  const ahead = committedAt - askedAt;
  const notes = [
    ...(ahead > 0 ? [`drafted ${ahead} ms ahead`] : []),
    ...(timings.wastedDrafts > 0 ? [`${timings.wastedDrafts} draft thrown away`] : []),
  ];
  return notes.length === 0 ? '' : `  (${notes.join(', ')})`;
}

/** The waits of a whole call in one line. */
export function summaryOfWaits(all: readonly TurnTimings[]): string {
  const waits = all
    .flatMap(({ lastVoicedAt, endOfTurnAt, firstAudioAt }) =>
      firstAudioAt === null ? [] : [firstAudioAt - (lastVoicedAt ?? endOfTurnAt)],
    )
    .sort((a, b) => a - b);
  if (waits.length === 0) return '';
  const wasted = all.reduce((sum, timings) => sum + timings.wastedDrafts, 0);
  const middle = waits[Math.floor((waits.length - 1) / 2)];
  return `From the caller's last sound to the answer's first: median ${middle} ms, longest ${waits.at(-1)} ms, over ${waits.length} answers; ${wasted} drafts thrown away.`;
}
