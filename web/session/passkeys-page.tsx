import { Button, Group, Stack, Table, Text, TextInput } from '@mantine/core';
import { startRegistration } from '@simplewebauthn/browser';
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { z } from 'zod';
import { change, read } from '../client/http.ts';
import { formatMoment } from '../format/time.ts';
import { PageTitle } from '../shell/page-title.tsx';
import { Problem } from '../shell/problem.tsx';
import { tell } from '../shell/tell.ts';
import { NOT_CONFIRMED } from './not-confirmed.ts';

const passkeysShape = z.object({
  passkeys: z.array(
    z.object({
      id: z.uuid(),
      label: z.string(),
      createdAt: z.iso.datetime(),
      lastUsedAt: z.iso.datetime().nullable(),
    }),
  ),
});
const challengeShape = z.object({
  challengeId: z.uuid(),
  options: z.custom<Parameters<typeof startRegistration>[0]['optionsJSON']>(),
});
const passkeysQuery = queryOptions({
  queryKey: ['passkeys'],
  queryFn: ({ signal }) => read(passkeysShape, '/api/passkeys', signal),
});

/** With what admins sign in. */
export function PasskeysPage() {
  const passkeys = useQuery(passkeysQuery);
  return (
    <Stack maw={640}>
      <PageTitle>Passkeys</PageTitle>
      <Text c="dimmed">
        With a passkey you can sign in again when this session is over. Each device, or person, has one of its
        own.
      </Text>
      <AddPasskey />
      {passkeys.isError && <Problem error={passkeys.error} onRetry={() => void passkeys.refetch()} />}
      {passkeys.data?.passkeys.length === 0 && <Text>There is none yet: add one before you sign out.</Text>}
      {passkeys.data !== undefined && passkeys.data.passkeys.length > 0 && (
        <Table.ScrollContainer minWidth={420}>
          <Table aria-label="Passkeys">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Whose, or on what</Table.Th>
                <Table.Th>Added</Table.Th>
                <Table.Th>Last used</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {passkeys.data.passkeys.map(({ id, label, createdAt, lastUsedAt }) => (
                <Table.Tr key={id}>
                  <Table.Td>{label}</Table.Td>
                  <Table.Td>{formatMoment(createdAt)}</Table.Td>
                  <Table.Td>{lastUsedAt === null ? 'never' : formatMoment(lastUsedAt)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Stack>
  );
}

function AddPasskey() {
  const queryClient = useQueryClient();
  const [label, setLabel] = useState('');
  const add = useMutation({
    mutationFn: async () => {
      const { challengeId, options } = await change(challengeShape, 'POST', '/api/passkeys/challenge', {});
      const response = await startRegistration({ optionsJSON: options });
      return change(z.unknown(), 'POST', '/api/passkeys', { challengeId, label, response });
    },
    onSuccess: async () => {
      tell(`The passkey “${label}” can sign in from now on.`);
      setLabel('');
      await queryClient.invalidateQueries({ queryKey: passkeysQuery.queryKey });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Group align="flex-end">
        <TextInput
          label="Whose, or on what"
          required
          maxLength={80}
          autoComplete="off"
          value={label}
          onChange={(event) => setLabel(event.currentTarget.value)}
        />
        <Button type="submit" loading={add.isPending}>
          Add a passkey
        </Button>
      </Group>
      <Problem error={add.error} otherwise={NOT_CONFIRMED} />
    </form>
  );
}
