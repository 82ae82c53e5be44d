import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { sessionQuery } from '../client/queries.ts';
import { PageTitle } from '../shell/page-title.tsx';
import { ProfileOf } from './profile.tsx';

/** What somebody tells all personas about themselves. */
export function OwnProfilePage() {
  const session = useQuery(sessionQuery).data;
  if (session?.role !== 'user') return null;
  return (
    <Stack>
      <PageTitle>About me</PageTitle>
      <ProfileOf userId={session.userId} isOwn />
    </Stack>
  );
}
