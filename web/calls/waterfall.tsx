import { Text } from '@mantine/core';
import { memo } from 'react';
import type { TimingsShape, TurnShape } from '../../server/http/shapes/calls.ts';
import { formatLength } from '../format/time.ts';
import styles from './lines.module.css';
import { STAGES, stagesOf, waitOf } from './stages.ts';

/** So long is the scale at least: an answer that took less is a quick one, and looks it. */
const SHORTEST_SCALE_MS = 500;

/** One bar for each answer: how long it was waited for, and for what. Hidden from nobody: the figures stand beside it. */
export const Waterfall = memo(function Waterfall({
  turns,
  limit,
}: {
  turns: readonly TurnShape[];
  limit?: number;
}) {
  const answers = turns.filter(({ timings }) => timings !== null);
  const shown = limit === undefined ? answers : answers.slice(-limit);
  if (shown.length === 0) return <Text c="dimmed">No answer has been waited for yet.</Text>;
  const waits = shown.map(({ timings }) => (timings === null ? 0 : waitOf(stagesOf(timings))));
  const longestMs = Math.max(SHORTEST_SCALE_MS, ...waits);
  return (
    <div className={styles.answers}>
      {shown.map(
        ({ seq, atMs, timings }) =>
          timings !== null && <Answer key={seq} atMs={atMs} timings={timings} longestMs={longestMs} />,
      )}
    </div>
  );
});

interface AnswerProps {
  atMs: number;
  timings: TimingsShape;
  longestMs: number;
}

const Answer = memo(function Answer({ atMs, timings, longestMs }: AnswerProps) {
  const stages = stagesOf(timings);
  const told = stages.filter(({ ms }) => ms >= 1).map(({ name, ms }) => `${Math.round(ms)} ms ${name}`);
  return (
    <div className={styles.answer}>
      <span className={styles.time}>{formatLength(atMs)}</span>
      <div role="img" aria-label={told.join(', ')} title={told.join('\n')} className={styles.bar}>
        {stages.map(({ name, colour, ms }) => (
          <div key={name} style={{ width: `${(100 * ms) / longestMs}%`, background: colour }} />
        ))}
      </div>
      <span className={styles.wait}>{Math.round(waitOf(stages))} ms</span>
    </div>
  );
});

/** What the colours of the bars mean. */
export function WaterfallLegend() {
  return (
    <div className={styles.legend}>
      {STAGES.map(({ name, colour }) => (
        <span key={name} className={styles.stage}>
          <span className={styles.swatch} style={{ background: colour }} />
          {name}
        </span>
      ))}
    </div>
  );
}
