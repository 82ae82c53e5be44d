import { Button, Chip, Group, SegmentedControl, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { personaName } from '../format/names.ts';
import { weekdayName } from '../format/time.ts';
import { useChange } from '../shell/use-change.ts';
import { CalleeFields, calleeBody, NOBODY } from './callee-fields.tsx';

const WEEK = ['1', '2', '3', '4', '5', '6', '7'];
const WHEN = [
  { value: 'now', label: 'Now' },
  { value: 'once', label: 'Once' },
  { value: 'weekly', label: 'Every week' },
];

/** A call now, for a date, or for some weekdays, by the clock on the callee's wall. */
export function PlanCall() {
  const [callee, setCallee] = useState(NOBODY);
  const [when, setWhen] = useState('now');
  const [onDate, setOnDate] = useState('');
  const [days, setDays] = useState(WEEK.slice(0, 5));
  const [at, setAt] = useState('09:00');
  const changing = useChange(['schedules']);
  const body = calleeBody(callee);
  const call = () =>
    changing.mutate({
      method: 'POST',
      path: '/api/calls',
      body,
      done: `${personaName(callee.persona)} calls ${callee.displayName}.`,
    });
  const plan = () =>
    changing.mutate({
      method: 'POST',
      path: '/api/schedules',
      body: { ...body, at, ...(when === 'once' ? { onDate } : { days: days.map(Number).sort() }) },
      done: `It is planned: ${callee.displayName}, ${at} by their clock.`,
    });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (when === 'now') call();
        else plan();
      }}
    >
      <Stack maw={480}>
        <CalleeFields callee={callee} onChange={setCallee} />
        <SegmentedControl aria-label="When" data={WHEN} value={when} onChange={setWhen} />
        {when === 'once' && (
          <TextInput
            label="Day"
            type="date"
            required
            value={onDate}
            onChange={(event) => setOnDate(event.currentTarget.value)}
          />
        )}
        {when === 'weekly' && (
          <Chip.Group multiple value={days} onChange={setDays}>
            <Group gap={4} role="group" aria-label="On which days">
              {WEEK.map((day) => (
                <Chip key={day} value={day} size="xs">
                  {weekdayName(Number(day))}
                </Chip>
              ))}
            </Group>
          </Chip.Group>
        )}
        {when !== 'now' && (
          <TextInput
            label="Time, by their own clock"
            type="time"
            required
            value={at}
            onChange={(event) => setAt(event.currentTarget.value)}
          />
        )}
        <Group>
          <Button
            type="submit"
            loading={changing.isPending}
            disabled={when === 'weekly' && days.length === 0}
          >
            {when === 'now' ? 'Call now' : 'Plan it'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
