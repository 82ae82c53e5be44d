import { Anchor, Loader, SegmentedControl, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { callsQuery } from '../client/queries.ts';
import { formatCents } from '../format/money.ts';
import { endWords, personaName } from '../format/names.ts';
import { formatLength, formatMoment } from '../format/time.ts';
import { Problem } from '../shell/problem.tsx';
import { STATE_WORDS } from './state-words.ts';

const STATES = [
  { value: 'ended', label: 'Held' },
  { value: 'under-way', label: 'Under way' },
  { value: 'planned', label: 'To come' },
] as const;
type State = (typeof STATES)[number]['value'];

const NONE: Readonly<Record<State, string>> = {
  ended: 'No call has been held yet.',
  'under-way': 'Nobody is on the phone.',
  planned: 'No call is waiting to be made.',
};

/** Calls, newest first. */
export function CallsPage() {
  const [state, setState] = useState<State>('ended');
  const calls = useQuery(callsQuery(state));
  return (
    <Stack>
      <Title order={1}>All calls</Title>
      <SegmentedControl
        data={[...STATES]}
        value={state}
        onChange={(value) => setState(value as State)}
        aria-label="Which calls"
        style={{ alignSelf: 'flex-start' }}
      />
      {calls.isPending && <Loader aria-label="Loading" />}
      {calls.isError && <Problem error={calls.error} onRetry={() => void calls.refetch()} />}
      {calls.data?.calls.length === 0 && <Text c="dimmed">{NONE[state]}</Text>}
      {calls.data !== undefined && calls.data.calls.length > 0 && (
        <Table.ScrollContainer minWidth={640}>
          <Table aria-label="Calls" highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>When</Table.Th>
                <Table.Th>Who</Table.Th>
                <Table.Th>State</Table.Th>
                <Table.Th ta="right">Talked</Table.Th>
                <Table.Th ta="right">Cost</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {calls.data.calls.map((call) => (
                <Table.Tr key={call.id}>
                  <Table.Td>
                    <Anchor component={Link} to={`/calls/${call.id}`}>
                      {formatMoment(call.createdAt)}
                    </Anchor>
                  </Table.Td>
                  <Table.Td>
                    {personaName(call.persona)} {call.direction === 'outbound' ? 'called' : 'was called by'}{' '}
                    {call.displayName}
                  </Table.Td>
                  <Table.Td>
                    {call.endReason === null ? STATE_WORDS[call.state] : endWords(call.endReason)}
                  </Table.Td>
                  <Table.Td ta="right">
                    {call.answeredAt === null || call.endedAt === null
                      ? ''
                      : formatLength(Date.parse(call.endedAt) - Date.parse(call.answeredAt))}
                  </Table.Td>
                  <Table.Td ta="right">
                    {call.totalCostCents === null ? '' : formatCents(call.totalCostCents)}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Stack>
  );
}
