import { Stack, Tabs, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Budget } from '../budgets/budget-form.tsx';
import { Calling } from '../calling/calling.tsx';
import { userQuery } from '../client/queries.ts';
import { MemoryOf } from '../memory/memory-list.tsx';
import { RelationshipsOf } from '../personas/relationship.tsx';
import { Loading } from '../shell/loading.tsx';
import { NothingHere } from '../shell/nothing-here.tsx';
import { PageTitle } from '../shell/page-title.tsx';
import { Problem } from '../shell/problem.tsx';
import { ProfileOf } from './profile.tsx';

/** One user, for admins. */
export function UserPage() {
  const { userId } = useParams({ from: '/shell/users/$userId' });
  const found = useQuery(userQuery(userId));
  if (found.isPending) return <Loading />;
  if (found.isError) return <Problem error={found.error} onRetry={() => void found.refetch()} />;
  const [user] = found.data.users;
  if (user === undefined) return <NothingHere />;
  return (
    <Stack>
      <Stack gap={0}>
        <PageTitle>{user.displayName}</PageTitle>
        <Text c="dimmed">
          {user.phoneNumber}, {user.timeZone}
        </Text>
      </Stack>
      <Tabs defaultValue="memory" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="memory">What personas know</Tabs.Tab>
          <Tabs.Tab value="profile">Who they are</Tabs.Tab>
          <Tabs.Tab value="relationships">Relationships</Tabs.Tab>
          <Tabs.Tab value="budget">Budget</Tabs.Tab>
          <Tabs.Tab value="calling">Being called</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="memory" pt="md">
          <MemoryOf userId={userId} />
        </Tabs.Panel>
        <Tabs.Panel value="profile" pt="md">
          <ProfileOf userId={userId} isOwn={false} />
        </Tabs.Panel>
        <Tabs.Panel value="relationships" pt="md">
          <RelationshipsOf userId={userId} />
        </Tabs.Panel>
        <Tabs.Panel value="calling" pt="md">
          <Calling userId={userId} isOwn={false} />
        </Tabs.Panel>
        <Tabs.Panel value="budget" pt="md">
          <Budget userId={userId} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}
