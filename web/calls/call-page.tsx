import { Anchor, Badge, Group, Stack, Tabs, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { callQuery, sessionQuery } from '../client/queries.ts';
import { useLiveCalls } from '../client/use-live-calls.ts';
import { endWords, personaName } from '../format/names.ts';
import { formatMoment } from '../format/time.ts';
import { CallMoney } from '../money/call-money.tsx';
import { Loading } from '../shell/loading.tsx';
import { Notice } from '../shell/notice.tsx';
import { PageTitle } from '../shell/page-title.tsx';
import { Problem } from '../shell/problem.tsx';
import { CallCost } from './call-cost.tsx';
import { LongWaits } from './long-waits.tsx';
import { Replay } from './replay.tsx';
import { Said } from './said.tsx';
import { STATE_WORDS } from './state-words.ts';
import { Waterfall, WaterfallLegend } from './waterfall.tsx';

/** Everything about one call: what was said, how long each answer took, what it cost and why. */
export function CallPage() {
  const { callId } = useParams({ from: '/shell/calls/$callId' });
  const live = useLiveCalls().get(callId);
  const found = useQuery(callQuery(callId));
  const isAdmin = useQuery(sessionQuery).data?.role === 'admin';
  if (found.isPending) return <Loading />;
  if (found.isError) return <Problem error={found.error} onRetry={() => void found.refetch()} />;
  const call = found.data;
  const turns =
    live === undefined || live.turns.length < call.transcript.length ? call.transcript : live.turns;
  const names = { callee: call.displayName, persona: personaName(call.persona) };
  return (
    <Stack>
      <Group justify="space-between" align="flex-start">
        <Stack gap={0}>
          <PageTitle>{`${personaName(call.persona)} and ${call.displayName}`}</PageTitle>
          <Text c="dimmed">
            {formatMoment(call.createdAt)},{' '}
            {call.direction === 'outbound' ? `to ${call.toNumber}` : `from ${call.fromNumber}`}
          </Text>
        </Stack>
        <Badge variant="default">
          {call.endReason === null ? STATE_WORDS[live?.call.state ?? call.state] : endWords(call.endReason)}
        </Badge>
      </Group>
      {call.endReason === 'budget-exhausted' && <CutOff userId={isAdmin ? call.userId : null} />}
      <Tabs defaultValue="said" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="said">What was said</Tabs.Tab>
          <Tabs.Tab value="waits">How long answers took</Tabs.Tab>
          <Tabs.Tab value="cost">What it cost</Tabs.Tab>
          {isAdmin && <Tabs.Tab value="money">Who pays</Tabs.Tab>}
          {isAdmin && call.state === 'ended' && <Tabs.Tab value="replay">Replay</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="said" pt="md">
          {turns.length === 0 ? (
            <Text c="dimmed">Nothing was said.</Text>
          ) : (
            <Said
              callId={callId}
              answeredAt={call.answeredAt}
              hasRecording={call.hasRecording}
              turns={turns}
              names={names}
            />
          )}
        </Tabs.Panel>
        <Tabs.Panel value="waits" pt="md">
          <Stack>
            <LongWaits turns={turns} />
            <Waterfall turns={turns} />
            <WaterfallLegend />
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="cost" pt="md">
          <CallCost callId={callId} isOver={call.state === 'ended'} />
        </Tabs.Panel>
        {isAdmin && (
          <Tabs.Panel value="replay" pt="md">
            <Replay callId={callId} />
          </Tabs.Panel>
        )}
        {isAdmin && (
          <Tabs.Panel value="money" pt="md">
            <CallMoney callId={callId} />
          </Tabs.Panel>
        )}
      </Tabs>
    </Stack>
  );
}

/** Where a call leads that ended because its money was used up. @param userId whose limits an admin may set; null for one's own. */
function CutOff({ userId }: { userId: string | null }) {
  return (
    <Notice tone="attention" title="This call ended because its money was used up.">
      <Anchor component={Link} to={userId === null ? '/budget' : `/users/${userId}`}>
        {userId === null ? 'Look at my limits' : 'Look at their limits'}
      </Anchor>
    </Notice>
  );
}
