import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { sponsorshipShape } from '../../server/http/shapes/budgets.ts';
import { sponsorshipQuery } from '../client/queries.ts';
import { Dollars } from '../settings/dollars.tsx';
import { SettingForm } from '../settings/setting-form.tsx';
import { Loaded } from '../shell/loaded.tsx';
import { PageTitle } from '../shell/page-title.tsx';

/** What the house gives away. */
export function HousePage() {
  const found = useQuery(sponsorshipQuery);
  return (
    <Stack maw={480}>
      <PageTitle>What the house pays</PageTitle>
      <Text c="dimmed">For calls that nobody else pays for. Each user’s own limits hold beside these.</Text>
      <Loaded of={found}>
        {(sponsorship) => (
          <SettingForm
            schema={sponsorshipShape}
            value={sponsorship}
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
          </SettingForm>
        )}
      </Loaded>
    </Stack>
  );
}
