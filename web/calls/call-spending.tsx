import { Progress, Stack, Text } from '@mantine/core';
import { memo } from 'react';
import type { LiveCall } from '../client/live-calls.ts';
import { formatCents } from '../format/money.ts';

const COLOURS = { fine: 'green', warn: 'orange', cutoff: 'red' } as const;

/** What a call costs so far, of what it may. */
export const CallSpending = memo(function CallSpending({
  totalCents,
  capCents,
  budget,
}: Pick<LiveCall, 'totalCents' | 'budget'> & { capCents: number }) {
  const share = capCents === 0 ? 0 : Math.min(100, (100 * totalCents) / capCents);
  return (
    <Stack gap={4}>
      <Text aria-live="off">
        {formatCents(totalCents)} of {formatCents(capCents)}
      </Text>
      <Progress value={share} color={COLOURS[budget]} aria-label="How much of what was approved is spent" />
    </Stack>
  );
});
