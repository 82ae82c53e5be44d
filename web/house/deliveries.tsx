import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { DeliveryShape } from '../../server/http/shapes/house.ts';
import { formatMoment } from '../format/time.ts';
import { Loaded } from '../shell/loaded.tsx';
import { type Column, Rows } from '../shell/rows.tsx';
import { useChange } from '../shell/use-change.ts';
import { deliveriesQuery } from './queries.ts';

const COLUMNS: ReadonlyArray<Column<DeliveryShape>> = [
  { name: 'When', cell: ({ createdAt }) => formatMoment(createdAt) },
  { name: 'What', cell: ({ type }) => type },
  { name: 'State', cell: stateWords },
];

/** What was sent to a server, and each time that it was tried. */
export function Deliveries({ endpointId }: { endpointId: string }) {
  const found = useQuery(deliveriesQuery(endpointId));
  const changing = useChange(deliveriesQuery(endpointId).queryKey);
  const again: Column<DeliveryShape> = {
    name: 'Change',
    cell: ({ id, state }) =>
      state === 'waiting' ? null : (
        <Button
          variant="default"
          size="xs"
          onClick={() =>
            changing.mutate({
              method: 'POST',
              path: `/api/webhooks/deliveries/${id}/redeliver`,
              done: 'It is on its way.',
            })
          }
        >
          Send again
        </Button>
      ),
  };
  return (
    <Loaded of={found}>
      {({ deliveries }) => (
        <Rows
          label="Deliveries"
          rows={deliveries}
          columns={[...COLUMNS, again]}
          keyOf={({ id }) => id}
          none="Nothing was sent yet."
        />
      )}
    </Loaded>
  );
}

function stateWords({ state, attempts, nextAt, log }: DeliveryShape): string {
  if (state === 'delivered') return `delivered at attempt ${attempts}`;
  const last = log.at(-1);
  const why = last === undefined ? '' : `: ${last.problem ?? `answered ${last.status}`}`;
  return state === 'given-up'
    ? `given up after ${attempts} attempts${why}`
    : `tried ${attempts} times${why}; again ${formatMoment(nextAt)}`;
}
