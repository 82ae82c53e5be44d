import { Button, Code, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { InboxEntryShape } from '../../server/http/shapes/house.ts';
import { formatMoment } from '../format/time.ts';
import { Loaded } from '../shell/loaded.tsx';
import { type Column, Rows } from '../shell/rows.tsx';
import { Scrolled } from '../shell/scrolled.tsx';
import { inboxQuery, payloadQuery } from './queries.ts';

const STATES: Readonly<Record<InboxEntryShape['state'], string>> = {
  received: 'came in',
  done: 'done',
  quarantined: 'in quarantine',
};
const COLUMNS: ReadonlyArray<Column<InboxEntryShape>> = [
  { name: 'When', cell: ({ receivedAt }) => formatMoment(receivedAt) },
  { name: 'From', cell: ({ source }) => source },
  { name: 'What', cell: ({ type }) => type.replaceAll('_', ' ') },
  {
    name: 'State',
    cell: ({ state, problem }) => (problem === null ? STATES[state] : `${STATES[state]}: ${problem}`),
  },
];

/** What webhooks brought, with what could not be read in quarantine. */
export function Inbox() {
  const found = useQuery(inboxQuery);
  const [shown, setShown] = useState<string | null>(null);
  const look: Column<InboxEntryShape> = {
    name: 'Payload',
    cell: ({ id }) => (
      <Button
        variant="default"
        size="xs"
        aria-expanded={shown === id}
        onClick={() => setShown(shown === id ? null : id)}
      >
        {shown === id ? 'Hide' : 'Show'}
      </Button>
    ),
  };
  return (
    <Stack>
      <Loaded of={found}>
        {({ entries }) => (
          <Rows
            label="What came in"
            rows={entries}
            columns={[...COLUMNS, look]}
            keyOf={({ id }) => id}
            none="Nothing came in yet."
          />
        )}
      </Loaded>
      {shown !== null && <Payload id={shown} />}
    </Stack>
  );
}

function Payload({ id }: { id: string }) {
  const found = useQuery(payloadQuery(id));
  return (
    <Loaded of={found}>
      {({ payload }) => (
        <Scrolled label="Payload" maxHeight={400}>
          <Code block>{typeof payload === 'string' ? payload : JSON.stringify(payload, null, 2)}</Code>
        </Scrolled>
      )}
    </Loaded>
  );
}
