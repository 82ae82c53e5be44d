import { List, Stack, Text, Title } from '@mantine/core';
import type { TurnShape } from '../../server/http/shapes/calls.ts';
import { formatLength } from '../format/time.ts';
import { type Stage, stagesOf, waitOf } from './stages.ts';

/** An answer is promised within this, in milliseconds. */
const PROMISED_MS = 500;
const MOST_SHOWN = 5;

/** Why the longest pauses of a call were long: what took the time, beside what is usual in this call. */
export function LongWaits({ turns }: { turns: readonly TurnShape[] }) {
  const answers = turns.flatMap(({ seq, atMs, timings }) => {
    if (timings === null) return [];
    const stages = stagesOf(timings);
    return [{ seq, atMs, stages, waitMs: waitOf(stages), wastedDrafts: timings.wastedDrafts }];
  });
  const long = answers
    .filter(({ waitMs }) => waitMs > PROMISED_MS)
    .sort((a, b) => b.waitMs - a.waitMs)
    .slice(0, MOST_SHOWN);
  if (long.length === 0) return null;
  /** Of the other answers. */
  const usual = (seq: number, name: string) =>
    median(
      answers
        .filter((other) => other.seq !== seq)
        .map(({ stages }) => stages.find((each) => each.name === name)?.ms ?? 0),
    );
  return (
    <Stack gap="xs" component="section" aria-label="Why pauses were long">
      <Title order={2} size="h4">
        Why pauses were long
      </Title>
      <Text size="sm" c="dimmed">
        Half of the answers came within {Math.round(median(answers.map(({ waitMs }) => waitMs)))} ms; promised
        are {PROMISED_MS} ms.
      </Text>
      <List>
        {long.map(({ seq, atMs, stages, waitMs, wastedDrafts }) => {
          const excess = ({ name, ms }: Stage) => ms - usual(seq, name);
          const [worst] = [...stages].sort((a, b) => excess(b) - excess(a) || b.ms - a.ms);
          return (
            <List.Item key={seq}>
              {formatLength(atMs)}: {Math.round(waitMs)} ms
              {worst === undefined
                ? ''
                : `, of which ${Math.round(worst.ms)} ms went into ${worst.name}${usualWords(answers.length, usual(seq, worst.name))}`}
              {wastedDrafts > 0 &&
                `; what was drafted ahead had to be thrown away ${timesWords(wastedDrafts)}`}
            </List.Item>
          );
        })}
      </List>
    </Stack>
  );
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

/** One answer alone has nothing that is usual. */
function usualWords(answers: number, usualMs: number): string {
  return answers === 1 ? '' : ` (${Math.round(usualMs)} ms elsewhere in this call)`;
}

function timesWords(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
