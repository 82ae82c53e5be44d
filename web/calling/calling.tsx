import { Stack, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Loaded } from '../shell/loaded.tsx';
import { NoMoreCalls } from './no-more-calls.tsx';
import { PreferencesForm } from './preferences-form.tsx';
import { preferencesQuery } from './queries.ts';
import { SchedulesOf } from './schedules-table.tsx';
import { UserConsents } from './user-consents.tsx';

/** All about being called: hours and limits, what is planned, what was agreed to, and the end of it. */
export function Calling({ userId, isOwn }: { userId: string; isOwn: boolean }) {
  const found = useQuery(preferencesQuery(userId));
  return (
    <Stack maw={720}>
      <Loaded of={found}>
        {(preferences) => <PreferencesForm userId={userId} preferences={preferences} />}
      </Loaded>
      <Title order={2} size="h4">
        Calls that are planned
      </Title>
      <SchedulesOf userId={userId} />
      <Title order={2} size="h4">
        What was agreed to
      </Title>
      <UserConsents userId={userId} isOwn={isOwn} />
      <Title order={2} size="h4">
        Enough?
      </Title>
      <NoMoreCalls userId={userId} />
    </Stack>
  );
}
