import { Button, Chip, Group, SegmentedControl, Select, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { personasQuery } from '../client/queries.ts';
import { weekdayName } from '../format/time.ts';
import { useChange } from '../shell/use-change.ts';

const WEEK = ['1', '2', '3', '4', '5', '6', '7'];

/** A call for a date, or for some weekdays, by the clock on the callee's wall. */
export function PlanCall() {
  const personas = useQuery(personasQuery).data?.personas ?? [];
  const [to, setTo] = useState('');
  const [displayName, setDisplayName] = useState('');
  const [persona, setPersona] = useState('brad');
  const [kind, setKind] = useState<'once' | 'weekly'>('once');
  const [onDate, setOnDate] = useState('');
  const [days, setDays] = useState<string[]>(['1', '2', '3', '4', '5']);
  const [at, setAt] = useState('09:00');
  const changing = useChange(['schedules']);
  const when = kind === 'once' ? { onDate } : { days: days.map(Number).sort() };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        changing.mutate({
          method: 'POST',
          path: '/api/schedules',
          body: { to: to.replace(/[\s()-]/g, ''), displayName, persona, at, ...when },
          done: `It is planned: ${displayName}, ${at} by their clock.`,
        });
      }}
    >
      <Stack maw={480}>
        <TextInput
          label="Number"
          description="With its country, such as +1 201 555 0123"
          type="tel"
          required
          value={to}
          onChange={(event) => setTo(event.currentTarget.value)}
        />
        <TextInput
          label="Whose it is"
          required
          maxLength={80}
          value={displayName}
          onChange={(event) => setDisplayName(event.currentTarget.value)}
        />
        <Select
          label="Who calls"
          allowDeselect={false}
          data={personas.map(({ slug, name }) => ({ value: slug, label: name }))}
          value={persona}
          onChange={(value) => setPersona(value ?? 'brad')}
        />
        <SegmentedControl
          aria-label="How often"
          data={[
            { value: 'once', label: 'Once' },
            { value: 'weekly', label: 'Every week' },
          ]}
          value={kind}
          onChange={(value) => setKind(value as typeof kind)}
        />
        {kind === 'once' ? (
          <TextInput
            label="Day"
            type="date"
            required
            value={onDate}
            onChange={(event) => setOnDate(event.currentTarget.value)}
          />
        ) : (
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
        <TextInput
          label="Time, by their own clock"
          type="time"
          required
          value={at}
          onChange={(event) => setAt(event.currentTarget.value)}
        />
        <Group>
          <Button
            type="submit"
            loading={changing.isPending}
            disabled={kind === 'weekly' && days.length === 0}
          >
            Plan it
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
