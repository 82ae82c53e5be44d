import { Loader, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Budget } from '../budgets/budget-form.tsx';
import { userQuery } from '../client/queries.ts';
import { NothingHere } from '../shell/nothing-here.tsx';
import { Problem } from '../shell/problem.tsx';

/** One user, for admins. */
export function UserPage() {
  const { userId } = useParams({ from: '/shell/users/$userId' });
  const found = useQuery(userQuery(userId));
  if (found.isPending) return <Loader aria-label="Loading" />;
  if (found.isError) return <Problem error={found.error} onRetry={() => void found.refetch()} />;
  const [user] = found.data.users;
  if (user === undefined) return <NothingHere />;
  return (
    <Stack>
      <Stack gap={0}>
        <Title order={1}>{user.displayName}</Title>
        <Text c="dimmed">
          {user.phoneNumber}, {user.timeZone}
        </Text>
      </Stack>
      <Title order={2} size="h3">
        Budget
      </Title>
      <Budget userId={userId} />
    </Stack>
  );
}
