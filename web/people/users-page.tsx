import { Anchor, Loader, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { usersQuery } from '../client/queries.ts';
import { formatMoment } from '../format/time.ts';
import { Problem } from '../shell/problem.tsx';

const TYPING_MS = 250;

/** Everybody whom personas talk to. */
export function UsersPage() {
  const [search, setSearch] = useState('');
  const [asked] = useDebouncedValue(search, TYPING_MS);
  const found = useQuery({ ...usersQuery(asked), placeholderData: keepPreviousData });
  return (
    <Stack>
      <Title order={1}>Users</Title>
      <TextInput
        label="Find by name or number"
        maw={320}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      {found.isPending && <Loader aria-label="Loading" />}
      {found.isError && <Problem error={found.error} onRetry={() => void found.refetch()} />}
      {found.data?.users.length === 0 && (
        <Text c="dimmed">
          {asked === '' ? 'There is nobody yet: the first call brings the first.' : 'Nobody is like that.'}
        </Text>
      )}
      {found.data !== undefined && found.data.users.length > 0 && (
        <Table.ScrollContainer minWidth={480}>
          <Table aria-label="Users" highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Name</Table.Th>
                <Table.Th>Number</Table.Th>
                <Table.Th ta="right">Calls</Table.Th>
                <Table.Th>Last call</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {found.data.users.map(({ id, displayName, phoneNumber, calls, lastCallAt }) => (
                <Table.Tr key={id}>
                  <Table.Td>
                    <Anchor component={Link} to={`/users/${id}`}>
                      {displayName}
                    </Anchor>
                  </Table.Td>
                  <Table.Td>{phoneNumber}</Table.Td>
                  <Table.Td ta="right">{calls}</Table.Td>
                  <Table.Td>{lastCallAt === null ? '' : formatMoment(lastCallAt)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Stack>
  );
}
