import { Stack, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { sessionQuery } from '../client/queries.ts';
import { MemoryOf } from './memory-list.tsx';

/** What each persona knows of whoever is signed in. */
export function OwnMemoryPage() {
  const session = useQuery(sessionQuery);
  if (session.data?.role !== 'user') return null;
  return (
    <Stack>
      <Title order={1}>What they know of me</Title>
      <MemoryOf userId={session.data.userId} />
    </Stack>
  );
}
