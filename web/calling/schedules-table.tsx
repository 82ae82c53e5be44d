import { Button, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ScheduleShape } from '../../server/http/shapes/dialing.ts';
import { personaName } from '../format/names.ts';
import { formatDay, formatMoment, weekdayName } from '../format/time.ts';
import { Confirm } from '../shell/confirm.tsx';
import { Loaded } from '../shell/loaded.tsx';
import { type Column, Rows } from '../shell/rows.tsx';
import { useChange } from '../shell/use-change.ts';
import { schedulesQuery } from './queries.ts';

const WHOM: Column<ScheduleShape> = { name: 'Whom', cell: ({ displayName }) => displayName };
const COLUMNS: ReadonlyArray<Column<ScheduleShape>> = [
  { name: 'Who calls', cell: ({ persona }) => personaName(persona) },
  { name: 'When', cell: whenWords },
  {
    name: 'Next',
    cell: ({ nextAt, pausedAt }) => {
      if (pausedAt !== null) return 'stands still';
      return nextAt === null ? 'never again' : formatMoment(nextAt);
    },
  },
];

/** A user's planned calls. */
export function SchedulesOf({ userId }: { userId: string }) {
  const found = useQuery(schedulesQuery(userId));
  return <Loaded of={found}>{({ schedules }) => <SchedulesTable schedules={schedules} ofOne />}</Loaded>;
}

/** Planned calls with what can be done about each. @param ofOne whether they are all one user's. */
export function SchedulesTable({
  schedules,
  ofOne,
}: {
  schedules: readonly ScheduleShape[];
  ofOne: boolean;
}) {
  return (
    <Rows
      label="Planned calls"
      rows={schedules}
      columns={[
        ...(ofOne ? [] : [WHOM]),
        ...COLUMNS,
        { name: 'Change', cell: (schedule) => <Actions schedule={schedule} /> },
      ]}
      keyOf={({ id }) => id}
      none="No call is planned."
      minWidth={720}
    />
  );
}

function Actions({ schedule: { id, pausedAt, nextAt, displayName } }: { schedule: ScheduleShape }) {
  const changing = useChange(['schedules']);
  const path = `/api/schedules/${id}`;
  return (
    <Group gap="xs" wrap="nowrap">
      {nextAt !== null && pausedAt === null && (
        <Button
          variant="default"
          size="xs"
          onClick={() =>
            changing.mutate({
              method: 'POST',
              path: `${path}/skip`,
              body: {},
              done: 'The next one is left out.',
            })
          }
        >
          Leave the next one out
        </Button>
      )}
      <Button
        variant="default"
        size="xs"
        onClick={() =>
          changing.mutate({
            method: 'PATCH',
            path,
            body: { paused: pausedAt === null },
            done: pausedAt === null ? 'It stands still.' : 'It goes on.',
          })
        }
      >
        {pausedAt === null ? 'Pause' : 'Go on'}
      </Button>
      <Confirm
        action="End"
        title="End these calls?"
        detail={`No call of this plan is made to ${displayName} any more.`}
        onConfirm={() => changing.mutate({ method: 'DELETE', path, done: 'There are no more calls of it.' })}
      />
    </Group>
  );
}

function whenWords({ onDate, days, everyWeeks, atTime, timeZone }: ScheduleShape): string {
  const zone = timeZone === null ? '' : ` (${timeZone})`;
  if (onDate !== null) return `${formatDay(onDate)}, ${atTime}${zone}`;
  const week = everyWeeks === 1 ? '' : `, every ${everyWeeks} weeks`;
  return `${days.map(weekdayName).join(', ')} at ${atTime}${week}${zone}`;
}
