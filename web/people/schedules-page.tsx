import { Stack, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { schedulesQuery } from '../calling/queries.ts';
import { SchedulesTable } from '../calling/schedules-table.tsx';
import { Loaded } from '../shell/loaded.tsx';
import { PageTitle } from '../shell/page-title.tsx';
import { PlanCall } from './plan-call.tsx';

/** Every planned call, for admins. */
export function SchedulesPage() {
  const found = useQuery(schedulesQuery(null));
  return (
    <Stack>
      <PageTitle>Planned calls</PageTitle>
      <Loaded of={found}>{({ schedules }) => <SchedulesTable schedules={schedules} ofOne={false} />}</Loaded>
      <Title order={2} size="h4">
        Make or plan a call
      </Title>
      <PlanCall />
    </Stack>
  );
}
