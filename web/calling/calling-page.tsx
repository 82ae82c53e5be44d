import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { sessionQuery } from '../client/queries.ts';
import { PageTitle } from '../shell/page-title.tsx';
import { Calling } from './calling.tsx';

/** When a user may be called, by whom, and that nobody may. */
export function CallingPage() {
  const session = useQuery(sessionQuery).data;
  if (session?.role !== 'user') return null;
  return (
    <Stack>
      <PageTitle>When I may be called</PageTitle>
      <Calling userId={session.userId} isOwn />
    </Stack>
  );
}
