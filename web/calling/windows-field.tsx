import { Button, Chip, Fieldset, Group, Stack, Text, TextInput } from '@mantine/core';
import { type CallWindow, callWindowsSchema } from '../../server/dialing/call-windows.ts';
import { weekdayName } from '../format/time.ts';

const WEEK = [1, 2, 3, 4, 5, 6, 7];
const NEW: CallWindow = { days: [1, 2, 3, 4, 5], from: '09:00', to: '20:00' };

/** What is wrong with them, in words; null when nothing is. */
export function problemOfWindows(windows: readonly CallWindow[] | null): string | null {
  if (windows === null) return null;
  const checked = callWindowsSchema.safeParse(windows);
  return checked.success ? null : 'Each needs a day, and a beginning before its end.';
}

interface WindowsFieldProps {
  windows: CallWindow[] | null;
  onChange(windows: CallWindow[] | null): void;
}

/** The hours of the week in which somebody wants to be called; without any, those of the house. */
export function WindowsField({ windows, onChange }: WindowsFieldProps) {
  const change = (at: number, part: Partial<CallWindow>) =>
    onChange((windows ?? []).map((each, i) => (i === at ? { ...each, ...part } : each)));
  const problem = problemOfWindows(windows);
  return (
    <Fieldset legend="Hours">
      <Stack>
        {windows === null && <Text>The house’s own hours.</Text>}
        {windows?.length === 0 && <Text>At no hour.</Text>}
        {windows?.map(({ days, from, to }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: windows have no name of their own
          <Stack key={i} gap="xs" role="group" aria-label={`Hours ${i + 1}`}>
            <Chip.Group
              multiple
              value={days.map(String)}
              onChange={(chosen) => change(i, { days: chosen.map(Number).sort() })}
            >
              <Group gap={4}>
                {WEEK.map((day) => (
                  <Chip key={day} value={String(day)} size="xs">
                    {weekdayName(day)}
                  </Chip>
                ))}
              </Group>
            </Chip.Group>
            <Group align="flex-end">
              <TextInput
                label="From"
                type="time"
                value={from}
                onChange={(event) => change(i, { from: event.currentTarget.value })}
              />
              <TextInput
                label="To"
                type="time"
                value={to === '24:00' ? '23:59' : to}
                onChange={(event) => change(i, { to: event.currentTarget.value })}
              />
              <Button
                variant="default"
                onClick={() => onChange((windows ?? []).filter((_each, at) => at !== i))}
              >
                Take away
              </Button>
            </Group>
          </Stack>
        ))}
        {problem !== null && (
          <Text c="var(--mantine-color-error)" size="sm" role="alert">
            {problem}
          </Text>
        )}
        <Group>
          <Button variant="default" onClick={() => onChange([...(windows ?? []), NEW])}>
            Add hours
          </Button>
          {windows !== null && (
            <Button variant="default" onClick={() => onChange(null)}>
              Use the house’s hours
            </Button>
          )}
        </Group>
      </Stack>
    </Fieldset>
  );
}
