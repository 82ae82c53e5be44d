import { Loader, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { sponsorshipShape } from '../../server/http/shapes/budgets.ts';
import { sponsorshipQuery } from '../client/queries.ts';
import { Problem } from '../shell/problem.tsx';
import { Dollars, LimitsForm } from './limits-form.tsx';

/** What the house gives away. */
export function HousePage() {
  const found = useQuery(sponsorshipQuery);
  return (
    <Stack maw={480}>
      <Title order={1}>What the house pays</Title>
      <Text c="dimmed">For calls that nobody else pays for. Each user’s own limits hold beside these.</Text>
      {found.isPending && <Loader aria-label="Loading" />}
      {found.isError && <Problem error={found.error} onRetry={() => void found.refetch()} />}
      {found.data !== undefined && (
        <LimitsForm
          schema={sponsorshipShape}
          value={found.data}
          path="/api/settings/sponsorship"
          queryKey={sponsorshipQuery.queryKey}
          saved="It holds from the next call on."
        >
          {({ draft, set, problemOf }) => (
            <>
              <Dollars
                label="At most, for one call"
                cents={draft.perCallCents}
                onChange={(perCallCents) => set({ perCallCents })}
                error={problemOf('perCallCents')}
              />
              <Dollars
                label="At most, for all calls of a day"
                description="A day of Coordinated Universal Time"
                cents={draft.perDayCents}
                onChange={(perDayCents) => set({ perDayCents })}
                error={problemOf('perDayCents')}
              />
            </>
          )}
        </LimitsForm>
      )}
    </Stack>
  );
}
