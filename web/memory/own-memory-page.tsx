import { Group, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { sessionQuery } from '../client/queries.ts';
import { Confirm } from '../shell/confirm.tsx';
import { PageTitle } from '../shell/page-title.tsx';
import { useChange } from '../shell/use-change.ts';
import { MemoryOf } from './memory-list.tsx';

/** What each persona knows of whoever is signed in. */
export function OwnMemoryPage() {
  const session = useQuery(sessionQuery);
  if (session.data?.role !== 'user') return null;
  return (
    <Stack>
      <PageTitle>What they know of me</PageTitle>
      <MemoryOf userId={session.data.userId} />
      <EraseEverything />
    </Stack>
  );
}

function EraseEverything() {
  const changing = useChange([]);
  return (
    <Group>
      <Confirm
        action="Erase all that anybody knows of me"
        title="Erase all that every persona knows of you?"
        detail="All memories, what was said in all calls, their recordings, summaries, promises, and what you told about yourself go. Your number, payments and consents stay on the books. It cannot be taken back."
        typed="everything"
        onConfirm={() =>
          changing.mutate({
            method: 'DELETE',
            path: '/api/user/memories',
            done: 'Nobody knows you any more.',
          })
        }
      />
    </Group>
  );
}
