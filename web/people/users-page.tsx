import { Anchor, Stack, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { UserShape } from '../../server/http/shapes/users.ts';
import { usersQuery } from '../client/queries.ts';
import { formatMoment } from '../format/time.ts';
import { Loaded } from '../shell/loaded.tsx';
import { PageTitle } from '../shell/page-title.tsx';
import { type Column, Rows } from '../shell/rows.tsx';

const TYPING_MS = 250;

const COLUMNS: ReadonlyArray<Column<UserShape>> = [
  {
    name: 'Name',
    cell: ({ id, displayName }) => (
      <Anchor component={Link} to={`/users/${id}`}>
        {displayName}
      </Anchor>
    ),
  },
  { name: 'Number', cell: ({ phoneNumber }) => phoneNumber },
  { name: 'Calls', cell: ({ calls }) => calls, isFigure: true },
  { name: 'Last call', cell: ({ lastCallAt }) => (lastCallAt === null ? '' : formatMoment(lastCallAt)) },
];

/** Everybody whom personas talk to. */
export function UsersPage() {
  const [search, setSearch] = useState('');
  const [asked] = useDebouncedValue(search, TYPING_MS);
  const found = useQuery({ ...usersQuery(asked), placeholderData: keepPreviousData });
  return (
    <Stack>
      <PageTitle>Users</PageTitle>
      <TextInput
        label="Find by name or number"
        maw={320}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      <Loaded of={found}>
        {({ users }) => (
          <Rows
            label="Users"
            rows={users}
            keyOf={({ id }) => id}
            none={
              asked === '' ? 'There is nobody yet: the first call brings the first.' : 'Nobody is like that.'
            }
            columns={COLUMNS}
          />
        )}
      </Loaded>
    </Stack>
  );
}
