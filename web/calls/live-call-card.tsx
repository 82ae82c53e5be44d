import { Anchor, Badge, Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { z } from 'zod';
import { change } from '../client/http.ts';
import type { LiveCall } from '../client/live-calls.ts';
import { personaName } from '../format/names.ts';
import { tellProblem } from '../shell/tell.ts';
import { CallSpending } from './call-spending.tsx';
import styles from './lines.module.css';
import { STATE_WORDS } from './state-words.ts';
import { LiveTranscript } from './transcript.tsx';
import { Waterfall } from './waterfall.tsx';

/** Of the latest answers. */
const BARS = 4;

/** One call under way. Rendered again only when something happened in it. */
export const LiveCallCard = memo(function LiveCallCard({ live }: { live: LiveCall }) {
  const { call, turns, totalCents, tool, budget } = live;
  const isOver = live.isGone || live.endReason !== null;
  const names = { callee: call.displayName, persona: personaName(call.persona) };
  return (
    <Card withBorder component="section" className={styles.card} aria-label={`Call with ${call.displayName}`}>
      <Stack gap="sm">
        <Who call={call} state={isOver ? 'over' : STATE_WORDS[call.state]} />
        <CallSpending totalCents={totalCents} capCents={call.capCents} budget={budget} />
        <LiveTranscript turns={turns} {...names} />
        {tool !== null && (
          <Text size="sm" c="dimmed">
            {personaName(call.persona)} is using {tool.replaceAll('_', ' ')}.
          </Text>
        )}
        <Waterfall turns={turns} limit={BARS} />
        <Further callId={call.id} isLive={call.state === 'live' && !isOver} />
      </Stack>
    </Card>
  );
});

const Who = memo(function Who({ call, state }: { call: LiveCall['call']; state: string }) {
  return (
    <Group justify="space-between" wrap="nowrap" align="flex-start">
      <Stack gap={0}>
        <Title order={2} size="h4">
          {personaName(call.persona)} and {call.displayName}
        </Title>
        <Text size="sm" c="dimmed">
          {call.direction === 'outbound' ? call.toNumber : call.fromNumber}
        </Text>
      </Stack>
      <Badge variant="default" style={{ flexShrink: 0 }}>
        {state}
      </Badge>
    </Group>
  );
});

const Further = memo(function Further({ callId, isLive }: { callId: string; isLive: boolean }) {
  return (
    <Group justify="space-between">
      <Anchor component={Link} to={`/calls/${callId}`}>
        All about this call
      </Anchor>
      <HangUp callId={callId} isLive={isLive} />
    </Group>
  );
});

function HangUp({ callId, isLive }: { callId: string; isLive: boolean }) {
  const hangUp = useMutation({
    mutationFn: () => change(z.unknown(), 'POST', `/api/calls/${callId}/end`),
    onError: tellProblem,
  });
  const isEnding = hangUp.isPending || hangUp.isSuccess;
  return (
    <Button variant="default" disabled={!isLive || isEnding} onClick={() => hangUp.mutate()}>
      {isEnding ? 'Saying goodbye …' : 'End with a goodbye'}
    </Button>
  );
}
