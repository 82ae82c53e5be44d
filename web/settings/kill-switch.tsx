import { Button, Group, MultiSelect, Stack, Switch, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type { pauseShape } from '../../server/http/shapes/dialing.ts';
import { personasQuery } from '../client/queries.ts';
import { personaName } from '../format/names.ts';
import { payersQuery } from '../money/queries.ts';
import { Confirm } from '../shell/confirm.tsx';
import { Loaded } from '../shell/loaded.tsx';
import { Notice } from '../shell/notice.tsx';
import { useChange } from '../shell/use-change.ts';
import { pauseQuery } from './queries.ts';

type Pause = z.infer<typeof pauseShape>;

/** Stops all calls, or some, at once; and lets them go on. */
export function KillSwitch() {
  const found = useQuery(pauseQuery);
  return <Loaded of={found}>{(pause) => <Switches key={pause.version} pause={pause} />}</Loaded>;
}

function Switches({ pause }: { pause: Pause }) {
  const changing = useChange(pauseQuery.queryKey);
  const [endsLiveCalls, setEndsLiveCalls] = useState(false);
  const set = (change: Partial<Pause>, done: string) =>
    changing.mutate({
      method: 'PUT',
      path: '/api/settings/pause',
      body: { ...pause, ...change, endsLiveCalls },
      done,
    });
  return (
    <Stack>
      {pause.house ? (
        <Notice tone="problem" title="No call is made.">
          <Button
            variant="default"
            loading={changing.isPending}
            onClick={() => set({ house: false }, 'Calls are made again.')}
          >
            Let calls be made again
          </Button>
        </Notice>
      ) : (
        <Stack align="flex-start">
          <Text>Calls are made.</Text>
          <Switch
            label="Also have calls under way say goodbye"
            checked={endsLiveCalls}
            onChange={(event) => setEndsLiveCalls(event.currentTarget.checked)}
          />
          <Confirm
            action="Stop all calls"
            title="Stop all calls?"
            detail={
              endsLiveCalls
                ? 'No call is made from now on, and every call under way ends with a goodbye.'
                : 'No call is made from now on. Calls under way go on to their end.'
            }
            onConfirm={() => set({ house: true }, 'No call is made from now on.')}
          />
        </Stack>
      )}
      <Some pause={pause} onSave={(change) => set(change, 'Saved; it holds at once.')} />
    </Stack>
  );
}

function Some({ pause, onSave }: { pause: Pause; onSave(change: Partial<Pause>): void }) {
  const [personas, setPersonas] = useState(pause.personas);
  const [payers, setPayers] = useState(pause.payers);
  const known = useQuery(personasQuery).data?.personas ?? [];
  const paying = useQuery(payersQuery).data?.payers ?? [];
  return (
    <Stack>
      <MultiSelect
        label="Personas whose calls stand still"
        data={known.map(({ slug }) => ({ value: slug, label: personaName(slug) }))}
        value={personas}
        onChange={setPersonas}
      />
      <MultiSelect
        label="Payers whose calls stand still"
        searchable
        data={paying.map(({ id, displayName }) => ({
          value: id,
          label: `${displayName} (${id.slice(0, 8)})`,
        }))}
        value={payers}
        onChange={setPayers}
      />
      <Group>
        <Button onClick={() => onSave({ personas, payers })}>Save</Button>
      </Group>
    </Stack>
  );
}
