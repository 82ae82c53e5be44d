import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { sessionQuery } from '../client/queries.ts';
import { PageTitle } from '../shell/page-title.tsx';
import { Budget } from './budget-form.tsx';

/** A user's own limits: where a call that was ended by its budget leads. */
export function OwnBudgetPage() {
  const session = useQuery(sessionQuery);
  if (session.data?.role !== 'user') return null;
  return (
    <Stack>
      <PageTitle>My budget</PageTitle>
      <Budget userId={session.data.userId} />
    </Stack>
  );
}
