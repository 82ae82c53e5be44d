import { NumberInput, Stack, Switch, Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { recordingPolicyShape } from '../../server/http/shapes/dialing.ts';
import { Loaded } from '../shell/loaded.tsx';
import { PageTitle } from '../shell/page-title.tsx';
import { DialPolicyForm } from './dial-policy-form.tsx';
import { KillSwitch } from './kill-switch.tsx';
import { recordingPolicyQuery } from './queries.ts';
import { SettingForm } from './setting-form.tsx';

/** What holds for the whole house. */
export function SettingsPage() {
  return (
    <Stack maw={640}>
      <PageTitle>Settings</PageTitle>
      <Tabs defaultValue="stop" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="stop">Kill switch</Tabs.Tab>
          <Tabs.Tab value="dialing">Who may be called</Tabs.Tab>
          <Tabs.Tab value="recording">Recording</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="stop" pt="md">
          <KillSwitch />
        </Tabs.Panel>
        <Tabs.Panel value="dialing" pt="md">
          <DialPolicyForm />
        </Tabs.Panel>
        <Tabs.Panel value="recording" pt="md">
          <RecordingForm />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

function RecordingForm() {
  const found = useQuery(recordingPolicyQuery);
  return (
    <Loaded of={found}>
      {(policy) => (
        <SettingForm
          schema={recordingPolicyShape}
          value={policy}
          path="/api/settings/recording"
          method="PATCH"
          queryKey={recordingPolicyQuery.queryKey}
          saved="Saved; it holds for calls that are prepared from now on."
        >
          {({ draft, set, problemOf }) => (
            <>
              <Switch
                label="Ask callees whether their calls may be recorded"
                description="Only after a plain yes is anything recorded; minors are never asked"
                checked={draft.records}
                onChange={(event) => set({ records: event.currentTarget.checked })}
              />
              <NumberInput
                label="Days that a recording is kept"
                min={1}
                max={3_650}
                allowDecimal={false}
                value={draft.keptDays}
                onChange={(value) => set({ keptDays: value === '' ? Number.NaN : Number(value) })}
                error={problemOf('keptDays') === undefined ? null : 'Between 1 and 3650 days.'}
              />
            </>
          )}
        </SettingForm>
      )}
    </Loaded>
  );
}
