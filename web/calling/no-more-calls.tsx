import { Button, Group, Text } from '@mantine/core';
import { useChange } from '../shell/use-change.ts';
import { userConsentsQuery } from './queries.ts';

/** One click, and nobody calls any more; and back again. */
export function NoMoreCalls({ userId }: { userId: string }) {
  const changing = useChange(userConsentsQuery(userId).queryKey);
  return (
    <Group>
      <Button
        color="red"
        variant="outline"
        loading={changing.isPending}
        onClick={() =>
          changing.mutate({
            method: 'POST',
            path: `/api/user/no-more-calls?userId=${userId}`,
            done: 'No call is made from now on.',
          })
        }
      >
        No more calls
      </Button>
      <Button
        variant="default"
        loading={changing.isPending}
        onClick={() =>
          changing.mutate({
            method: 'POST',
            path: `/api/user/calls-welcome?userId=${userId}`,
            done: 'Calls are welcome again.',
          })
        }
      >
        Calls are welcome again
      </Button>
      <Text size="sm" c="dimmed">
        It holds at once, whatever is planned.
      </Text>
    </Group>
  );
}
