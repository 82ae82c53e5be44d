import { Anchor, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReplayShape } from '../../server/http/shapes/calls.ts';
import { replayQuery } from '../client/queries.ts';
import { endWords } from '../format/names.ts';
import { formatLength } from '../format/time.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Notice } from '../shell/notice.tsx';

const KINDS: Readonly<Record<ReplayShape['entries'][number]['kind'], string>> = {
  caller: 'They said',
  persona: 'The persona said',
  'tool-call': 'The persona used',
  'tool-result': 'It brought',
};

/** The call once more, folded from what was recorded of it: what was decided then is decided again. */
export function Replay({ callId }: { callId: string }) {
  const found = useQuery(replayQuery(callId));
  return (
    <Loaded of={found}>
      {({ entries, effects, identical, endReason }) => (
        <Stack>
          <Notice
            tone={identical ? 'good' : 'problem'}
            title={
              identical ? 'The replay is the same as the call.' : 'The replay is NOT the same as the call.'
            }
          >
            {effects.toLocaleString()} effects were recomputed from the event log.
            {endReason === null ? '' : ` It ended because ${endWords(endReason)}.`}{' '}
            <Anchor href={`/api/calls/${callId}/event-log`} download={`${callId}.jsonl`}>
              Take the event log along
            </Anchor>
          </Notice>
          <Stack gap={6} component="ol" m={0} p={0} style={{ listStyle: 'none' }}>
            {entries.map(({ atMs, kind, text }, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a replay gives the same each time
              <Group key={i} component="li" gap="sm" wrap="nowrap" align="baseline">
                <Text size="sm" c="dimmed" ff="monospace" style={{ flexShrink: 0 }}>
                  {formatLength(atMs)}
                </Text>
                <Text style={{ overflowWrap: 'anywhere' }}>
                  <Text span fw={600}>
                    {KINDS[kind]}
                  </Text>{' '}
                  {text}
                </Text>
              </Group>
            ))}
          </Stack>
        </Stack>
      )}
    </Loaded>
  );
}
