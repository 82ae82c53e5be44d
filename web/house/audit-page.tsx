import { Button, Code, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { AuditEntryShape } from '../../server/http/shapes/house.ts';
import { formatMoment } from '../format/time.ts';
import { Loaded } from '../shell/loaded.tsx';
import { PageTitle } from '../shell/page-title.tsx';
import { type Column, Rows } from '../shell/rows.tsx';
import { auditQuery } from './queries.ts';

const COLUMNS: ReadonlyArray<Column<AuditEntryShape>> = [
  { name: 'When', cell: ({ at }) => formatMoment(at) },
  { name: 'Who', cell: ({ actorKind, actorId }) => `${actorKind} ${actorId?.slice(0, 8) ?? ''}` },
  { name: 'What', cell: ({ action }) => <Code>{action}</Code> },
  { name: 'Of', cell: ({ subject }) => Object.values(subject).join(', ') },
  {
    name: 'How it ended',
    cell: ({ status }) => (status < 400 ? `done (${status})` : `refused (${status})`),
  },
];

/** Every change and every refusal. */
export function AuditPage() {
  const [before, setBefore] = useState<number | null>(null);
  const found = useQuery(auditQuery(before));
  return (
    <Stack>
      <PageTitle>Audit log</PageTitle>
      <Text c="dimmed">
        Who changed what, and who was refused. What was in a request is never written down.
      </Text>
      <Loaded of={found}>
        {({ entries }) => (
          <>
            <Rows
              label="Audit log"
              rows={entries}
              columns={COLUMNS}
              keyOf={({ id }) => id}
              none="Nothing more."
              minWidth={760}
            />
            <Group>
              <Button variant="default" disabled={before === null} onClick={() => setBefore(null)}>
                Newest
              </Button>
              <Button
                variant="default"
                disabled={entries.length === 0}
                onClick={() => setBefore(entries.at(-1)?.id ?? null)}
              >
                Older
              </Button>
            </Group>
          </>
        )}
      </Loaded>
    </Stack>
  );
}
