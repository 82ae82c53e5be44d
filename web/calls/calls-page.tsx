import { Anchor, SegmentedControl, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { CallShape } from '../../server/http/shapes/calls.ts';
import { callsQuery, sessionQuery } from '../client/queries.ts';
import { formatCents } from '../format/money.ts';
import { endWords, personaName } from '../format/names.ts';
import { formatLength, formatMoment } from '../format/time.ts';
import { Loaded } from '../shell/loaded.tsx';
import { PageTitle } from '../shell/page-title.tsx';
import { type Column, Rows } from '../shell/rows.tsx';
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

const COLUMNS: ReadonlyArray<Column<CallShape>> = [
  {
    name: 'When',
    cell: ({ id, createdAt }) => (
      <Anchor component={Link} to={`/calls/${id}`}>
        {formatMoment(createdAt)}
      </Anchor>
    ),
  },
  {
    name: 'Who',
    cell: ({ persona, direction, displayName }) =>
      `${personaName(persona)} ${direction === 'outbound' ? 'called' : 'was called by'} ${displayName}`,
  },
  {
    name: 'State',
    cell: ({ state, endReason }) => (endReason === null ? STATE_WORDS[state] : endWords(endReason)),
  },
  {
    name: 'Talked',
    cell: ({ answeredAt, endedAt }) =>
      answeredAt === null || endedAt === null
        ? ''
        : formatLength(Date.parse(endedAt) - Date.parse(answeredAt)),
    isFigure: true,
  },
  {
    name: 'Cost',
    cell: ({ totalCostCents }) => (totalCostCents === null ? '' : formatCents(totalCostCents)),
    isFigure: true,
  },
];

/** Calls, newest first. */
export function CallsPage() {
  const [state, setState] = useState<State>('ended');
  const calls = useQuery(callsQuery(state));
  const isUser = useQuery(sessionQuery).data?.role === 'user';
  return (
    <Stack>
      <PageTitle>{isUser ? 'My calls' : 'All calls'}</PageTitle>
      <SegmentedControl
        data={[...STATES]}
        value={state}
        onChange={(value) => setState(value as State)}
        aria-label="Which calls"
        style={{ alignSelf: 'flex-start' }}
      />
      <Loaded of={calls}>
        {(found) => (
          <Rows
            label="Calls"
            rows={found.calls}
            keyOf={({ id }) => id}
            none={NONE[state]}
            minWidth={640}
            columns={COLUMNS}
          />
        )}
      </Loaded>
    </Stack>
  );
}
