import { Stack, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { sessionQuery } from '../client/queries.ts';
import { ProfileOf } from './profile.tsx';

/** What somebody tells all personas about themselves. */
export function OwnProfilePage() {
  const session = useQuery(sessionQuery).data;
  if (session?.role !== 'user') return null;
  return (
    <Stack>
      <Title order={1}>About me</Title>
      <ProfileOf userId={session.userId} isOwn />
    </Stack>
  );
}
