import { Button, Group, NumberInput, PasswordInput, Select, Stack, Switch, Text } from '@mantine/core';
import { useState } from 'react';
import type { PreferencesShape } from '../../server/http/shapes/dialing.ts';
import { formatMoment } from '../format/time.ts';
import { useChange } from '../shell/use-change.ts';
import { preferencesQuery } from './queries.ts';
import { problemOfWindows, WindowsField } from './windows-field.tsx';

const ZONES = Intl.supportedValuesOf('timeZone');
const PIN = /^\d{4,8}$/;

/** Hours, zone, how often, and by what somebody is known when they call. */
export function PreferencesForm({ userId, preferences }: { userId: string; preferences: PreferencesShape }) {
  const { hasPin, nextCallingTime, ...wishes } = preferences;
  const [draft, setDraft] = useState(wishes);
  const [pin, setPin] = useState('');
  const changing = useChange(preferencesQuery(userId).queryKey);
  const set = (change: Partial<typeof draft>) => setDraft({ ...draft, ...change });
  const isPinFine = pin === '' || PIN.test(pin);
  const problem = problemOfWindows(draft.windows);
  const save = () =>
    changing.mutate(
      {
        method: 'PATCH',
        path: `/api/user/call-preferences?userId=${userId}`,
        body: { ...draft, ...(pin === '' ? {} : { pin }) },
        done: 'Saved; it holds from the next call on.',
      },
      { onSuccess: () => setPin('') },
    );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <Stack>
        <Text>
          {nextCallingTime === null
            ? 'Nobody can be called here: there is no zone, or no hour is left.'
            : `The next call can come ${formatMoment(nextCallingTime)}.`}
        </Text>
        <Select
          label="Time zone"
          description="All hours are by the clock there"
          placeholder="Not told yet"
          searchable
          clearable
          clearButtonProps={{ 'aria-label': 'Take the zone away' }}
          data={ZONES}
          value={draft.timeZone}
          onChange={(timeZone) => set({ timeZone })}
        />
        <WindowsField windows={draft.windows} onChange={(windows) => set({ windows })} />
        <NumberInput
          label="Calls a day, at most"
          description="Empty: as often as the house calls anybody"
          min={0}
          max={50}
          allowDecimal={false}
          value={draft.attemptsPerDay ?? ''}
          onChange={(value) => set({ attemptsPerDay: value === '' ? null : Number(value) })}
        />
        <Switch
          label="The carrier’s word for the number is enough when I call"
          checked={draft.trustsAttestation}
          onChange={(event) => set({ trustsAttestation: event.currentTarget.checked })}
        />
        <PasswordInput
          label={hasPin ? 'A new PIN' : 'A PIN'}
          description="Four to eight digits, by which they are known when they call"
          autoComplete="off"
          inputMode="numeric"
          value={pin}
          onChange={(event) => setPin(event.currentTarget.value)}
          error={isPinFine ? null : 'Four to eight digits.'}
          visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the PIN' }}
        />
        <Group>
          <Button type="submit" loading={changing.isPending} disabled={!isPinFine || problem !== null}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
