import { Anchor, Stack, Text } from '@mantine/core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type MessageShape, messagesShape } from '../../server/http/shapes/house.ts';
import { read } from '../client/http.ts';
import { formatMoment } from '../format/time.ts';
import { Loaded } from '../shell/loaded.tsx';
import { PageTitle } from '../shell/page-title.tsx';
import { type Column, Rows } from '../shell/rows.tsx';

const KINDS: Readonly<Record<string, string>> = {
  'budget-warning': 'Most of a budget is gone',
  summary: 'What a call was about',
  receipt: 'Receipt',
  'approval-link': 'Link to approve a call',
  'consent-question': 'Question whether calls are welcome',
  'sign-in-code': 'Code to sign in',
};
const STATES: Readonly<Record<MessageShape['state'], string>> = {
  queued: 'waits',
  sending: 'is being sent',
  sent: 'sent',
  delivered: 'arrived',
  undelivered: 'did not arrive',
  failed: 'was not sent',
};

const messagesQuery = queryOptions({
  queryKey: ['messages'],
  queryFn: ({ signal }) => read(messagesShape, '/api/messages', signal),
});

const COLUMNS: ReadonlyArray<Column<MessageShape>> = [
  { name: 'When', cell: ({ createdAt }) => formatMoment(createdAt) },
  { name: 'What', cell: ({ kind }) => KINDS[kind] ?? kind.replaceAll('-', ' ') },
  {
    name: 'What became of it',
    cell: ({ state, failure }) => (failure === null ? STATES[state] : `${STATES[state]}: ${failure}`),
  },
  {
    name: 'Call',
    cell: ({ callId }) =>
      callId !== null && (
        <Anchor component={Link} to={`/calls/${callId}`}>
          The call
        </Anchor>
      ),
  },
];

/** What was texted, and whether it arrived. */
export function TextsPage() {
  const found = useQuery(messagesQuery);
  return (
    <Stack>
      <PageTitle>Texts</PageTitle>
      <Text c="dimmed">What they said is not kept.</Text>
      <Loaded of={found}>
        {({ messages }) => (
          <Rows
            label="Texts"
            rows={messages}
            columns={COLUMNS}
            keyOf={({ id }) => id}
            none="Nothing was texted yet."
          />
        )}
      </Loaded>
    </Stack>
  );
}
