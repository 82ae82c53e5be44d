import { Box, ColorSwatch, Group, Stack, Text } from '@mantine/core';
import type { TurnShape } from '../../server/http/shapes/calls.ts';
import { formatLength } from '../format/time.ts';
import { type Stage, stagesOf, waitOf } from './stages.ts';

/** One bar for each answer: how long it was waited for, and for what. Hidden from nobody: the figures stand beside it. */
export function Waterfall({ turns, limit }: { turns: readonly TurnShape[]; limit?: number }) {
  const answers = turns.flatMap(({ seq, atMs, timings }) =>
    timings === null ? [] : [{ seq, atMs, stages: stagesOf(timings) }],
  );
  const shown = limit === undefined ? answers : answers.slice(-limit);
  const longest = Math.max(500, ...shown.map(({ stages }) => waitOf(stages)));
  if (shown.length === 0) return <Text c="dimmed">No answer has been waited for yet.</Text>;
  return (
    <Stack gap={6}>
      {shown.map(({ seq, atMs, stages }) => (
        <Group key={seq} gap="sm" wrap="nowrap">
          <Text size="sm" c="dimmed" ff="monospace" style={{ flexShrink: 0 }}>
            {formatLength(atMs)}
          </Text>
          <Bar stages={stages} longest={longest} />
          <Text size="sm" ff="monospace" style={{ flexShrink: 0 }}>
            {Math.round(waitOf(stages))} ms
          </Text>
        </Group>
      ))}
      <Legend />
    </Stack>
  );
}

function Bar({ stages, longest }: { stages: readonly Stage[]; longest: number }) {
  const told = stages.filter(({ ms }) => ms >= 1).map(({ name, ms }) => `${Math.round(ms)} ms ${name}`);
  return (
    <Box role="img" aria-label={told.join(', ')} title={told.join('\n')} flex={1} h={12}>
      <Group gap={0} h="100%" wrap="nowrap">
        {stages.map(({ name, colour, ms }) => (
          <Box key={name} h="100%" bg={colour} style={{ width: `${(100 * ms) / longest}%` }} />
        ))}
      </Group>
    </Box>
  );
}

function Legend() {
  const names = stagesOf({
    lastVoicedAt: 0,
    endOfTurnAt: 0,
    committedAt: 0,
    askedAt: 0,
    firstTokenAt: 0,
    firstTextAt: 0,
    firstAudioAt: 0,
    wastedDrafts: 0,
  });
  return (
    <Group gap="md">
      {names.map(({ name, colour }) => (
        <Group key={name} gap={6} wrap="nowrap">
          <ColorSwatch color={colour} size={12} withShadow={false} />
          <Text size="xs">{name}</Text>
        </Group>
      ))}
    </Group>
  );
}
