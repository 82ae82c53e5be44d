import { Button, Group, Stack, Tabs, Text, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ConsentShape, SuppressionShape } from '../../server/http/shapes/dialing.ts';
import { CONSENT_WORDS, givenWords, SUPPRESSED_BY } from '../calling/consent-words.ts';
import { consentsQuery, suppressionsQuery } from '../calling/queries.ts';
import { formatMoment } from '../format/time.ts';
import { Confirm } from '../shell/confirm.tsx';
import { Loaded } from '../shell/loaded.tsx';
import { PageTitle } from '../shell/page-title.tsx';
import { type Column, Rows } from '../shell/rows.tsx';
import { useChange } from '../shell/use-change.ts';
import { GetConsent } from './get-consent.tsx';

/** Who agreed to what, and who is not called. */
export function ConsentsPage() {
  return (
    <Stack>
      <PageTitle>Consents and suppressions</PageTitle>
      <Tabs defaultValue="consents" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="consents">What was agreed to</Tabs.Tab>
          <Tabs.Tab value="suppressions">Who is not called</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="consents" pt="md">
          <Consents />
        </Tabs.Panel>
        <Tabs.Panel value="suppressions" pt="md">
          <Suppressions />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

const CONSENT_COLUMNS: ReadonlyArray<Column<ConsentShape>> = [
  { name: 'Number', cell: ({ phoneNumber }) => phoneNumber },
  { name: 'What', cell: ({ kind }) => CONSENT_WORDS[kind] },
  { name: 'How', cell: ({ given }) => givenWords(given) },
  { name: 'In these words', cell: ({ textShown }) => textShown },
  { name: 'Since', cell: ({ at }) => formatMoment(at) },
  { name: 'Taken back', cell: ({ withdrawnAt }) => (withdrawnAt === null ? '' : formatMoment(withdrawnAt)) },
];

function Consents() {
  const found = useQuery(consentsQuery);
  return (
    <Stack>
      <Loaded of={found}>
        {({ consents }) => (
          <Rows
            label="Consents"
            rows={consents}
            columns={CONSENT_COLUMNS}
            keyOf={({ id }) => id}
            none="Nobody has agreed to anything yet."
            minWidth={820}
          />
        )}
      </Loaded>
      <Title order={2} size="h4">
        Get a yes
      </Title>
      <GetConsent />
    </Stack>
  );
}

const SUPPRESSION_COLUMNS: ReadonlyArray<Column<SuppressionShape>> = [
  { name: 'Number', cell: ({ phoneNumber }) => phoneNumber },
  { name: 'How', cell: ({ source }) => SUPPRESSED_BY[source] },
  { name: 'Since', cell: ({ at }) => formatMoment(at) },
  { name: 'Lifted', cell: ({ liftedAt }) => (liftedAt === null ? '' : formatMoment(liftedAt)) },
];

function Suppressions() {
  const found = useQuery(suppressionsQuery);
  const changing = useChange(suppressionsQuery.queryKey);
  const lift: Column<SuppressionShape> = {
    name: 'Change',
    cell: ({ phoneNumber, source, liftedAt }) =>
      source === 'admin' && liftedAt === null ? (
        <Confirm
          action="Let it be called"
          title={`Let ${phoneNumber} be called again?`}
          detail="What somebody said themselves stays: only they can take that back."
          onConfirm={() =>
            changing.mutate({
              method: 'DELETE',
              path: `/api/suppressions/${encodeURIComponent(phoneNumber)}`,
              done: 'It can be called again.',
            })
          }
        />
      ) : null,
  };
  return (
    <Stack>
      <Suppress />
      <Loaded of={found}>
        {({ suppressions }) => (
          <Rows
            label="Suppressions"
            rows={suppressions}
            columns={[...SUPPRESSION_COLUMNS, lift]}
            keyOf={({ id }) => id}
            none="Every number may be called."
            minWidth={640}
          />
        )}
      </Loaded>
    </Stack>
  );
}

function Suppress() {
  const [number, setNumber] = useState('');
  const changing = useChange(suppressionsQuery.queryKey);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        changing.mutate(
          {
            method: 'POST',
            path: '/api/suppressions',
            body: { phoneNumber: number.replace(/[\s()-]/g, '') },
            done: 'It is not called any more.',
          },
          { onSuccess: () => setNumber('') },
        );
      }}
    >
      <Group align="flex-end">
        <TextInput
          label="A number that is not to be called"
          type="tel"
          required
          value={number}
          onChange={(event) => setNumber(event.currentTarget.value)}
        />
        <Button type="submit" loading={changing.isPending}>
          Do not call it
        </Button>
      </Group>
      <Text size="sm" c="dimmed">
        What somebody said themselves, in a call, by a key or by text, is here too.
      </Text>
    </form>
  );
}
