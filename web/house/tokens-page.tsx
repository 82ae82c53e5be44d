import { Button, Code, Group, Select, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { z } from 'zod';
import type { TokenShape } from '../../server/http/shapes/house.ts';
import { change } from '../client/http.ts';
import { formatMoment } from '../format/time.ts';
import { Confirm } from '../shell/confirm.tsx';
import { Loaded } from '../shell/loaded.tsx';
import { Notice } from '../shell/notice.tsx';
import { PageTitle } from '../shell/page-title.tsx';
import { Problem } from '../shell/problem.tsx';
import { type Column, Rows } from '../shell/rows.tsx';
import { useChange } from '../shell/use-change.ts';
import { tokensQuery } from './queries.ts';

const COLUMNS: ReadonlyArray<Column<TokenShape>> = [
  { name: 'What for', cell: ({ label }) => label },
  { name: 'Role', cell: ({ role }) => role },
  { name: 'May', cell: ({ scopes }) => scopes.join(', ') },
  { name: 'Made', cell: ({ createdAt }) => formatMoment(createdAt) },
  {
    name: 'Until',
    cell: ({ expiresAt, revokedAt }) => {
      if (revokedAt !== null) return `taken back ${formatMoment(revokedAt)}`;
      return expiresAt === null ? 'no end' : formatMoment(expiresAt);
    },
  },
];
const DAYS = [
  { value: '7', label: 'A week' },
  { value: '90', label: '90 days' },
  { value: '365', label: 'A year' },
];

/** What programs sign in with. */
export function TokensPage() {
  const found = useQuery(tokensQuery);
  const changing = useChange(tokensQuery.queryKey);
  const revoke: Column<TokenShape> = {
    name: 'Change',
    cell: ({ id, label, revokedAt }) =>
      revokedAt === null ? (
        <Confirm
          action="Take back"
          title={`Take “${label}” back?`}
          detail="Whatever uses it can do nothing from then on."
          onConfirm={() =>
            changing.mutate({
              method: 'DELETE',
              path: `/api/tokens/${id}`,
              done: 'It opens nothing any more.',
            })
          }
        />
      ) : null,
  };
  return (
    <Stack>
      <PageTitle>Tokens for programs</PageTitle>
      <AddToken />
      <Loaded of={found}>
        {({ tokens }) => (
          <Rows
            label="Tokens"
            rows={tokens}
            columns={[...COLUMNS, revoke]}
            keyOf={({ id }) => id}
            none="There is none."
            minWidth={760}
          />
        )}
      </Loaded>
    </Stack>
  );
}

function AddToken() {
  const queryClient = useQueryClient();
  const [label, setLabel] = useState('');
  const [scopes, setScopes] = useState(['calls:read']);
  const [days, setDays] = useState('90');
  const add = useMutation({
    mutationFn: () =>
      change(z.object({ token: z.string() }), 'POST', '/api/tokens', {
        label,
        role: 'admin',
        scopes,
        expiresInDays: Number(days),
      }),
    onSuccess: async () => {
      setLabel('');
      await queryClient.invalidateQueries({ queryKey: tokensQuery.queryKey });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <Stack maw={480}>
        <TextInput
          label="What for"
          required
          maxLength={80}
          value={label}
          onChange={(event) => setLabel(event.currentTarget.value)}
        />
        <TagsInput
          label="What it may do"
          description="Such as calls:read or calls:write; * is everything"
          data={[]}
          value={scopes}
          onChange={setScopes}
        />
        <Select
          label="For how long"
          allowDeselect={false}
          data={DAYS}
          value={days}
          onChange={(value) => setDays(value ?? '90')}
        />
        {add.isError && <Problem error={add.error} />}
        <Group>
          <Button type="submit" loading={add.isPending} disabled={scopes.length === 0}>
            Make a token
          </Button>
        </Group>
        {add.isSuccess && (
          <Notice tone="good" title="It is told this one time.">
            <Code style={{ overflowWrap: 'anywhere' }}>{add.data.token}</Code>
            <Text size="sm">Put it where your program finds it, and nowhere else.</Text>
          </Notice>
        )}
      </Stack>
    </form>
  );
}
