import { Collapse, Select, Stack, Textarea, TextInput, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { personasQuery } from '../client/queries.ts';

const ZONES = Intl.supportedValuesOf('timeZone');
const AGES = [
  { value: 'adult', label: 'Of age' },
  { value: 'minor', label: 'Under 18' },
];

/** Whom to call, and what has to be known of them first; empty where it is not told here. */
export interface Callee {
  to: string;
  displayName: string;
  persona: string;
  timeZone: string | null;
  ageBand: string | null;
  consent: string;
}

export const NOBODY: Callee = {
  to: '',
  displayName: '',
  persona: 'brad',
  timeZone: null,
  ageBand: null,
  consent: '',
};

/** As the API wants it. */
export function calleeBody({ to, timeZone, ageBand, consent, ...callee }: Callee) {
  return {
    ...callee,
    to: to.replace(/[\s()-]/g, ''),
    ...(timeZone === null ? {} : { timeZone }),
    ...(ageBand === null ? {} : { ageBand }),
    ...(consent.trim() === '' ? {} : { consent }),
  };
}

/** The fields of a callee; what was told of them before need not be told again. */
export function CalleeFields({ callee, onChange }: { callee: Callee; onChange(callee: Callee): void }) {
  const personas = useQuery(personasQuery).data?.personas ?? [];
  const [isOpen, { toggle }] = useDisclosure(false);
  const set = (change: Partial<Callee>) => onChange({ ...callee, ...change });
  return (
    <>
      <TextInput
        label="Number"
        description="With its country, such as +1 201 555 0123"
        type="tel"
        required
        value={callee.to}
        onChange={(event) => set({ to: event.currentTarget.value })}
      />
      <TextInput
        label="Whose it is"
        required
        maxLength={80}
        value={callee.displayName}
        onChange={(event) => set({ displayName: event.currentTarget.value })}
      />
      <Select
        label="Who calls"
        allowDeselect={false}
        data={personas.map(({ slug, name }) => ({ value: slug, label: name }))}
        value={callee.persona}
        onChange={(persona) => set({ persona: persona ?? 'brad' })}
      />
      <UnstyledButton onClick={toggle} aria-expanded={isOpen} td="underline" w="fit-content">
        For somebody who has not been called before
      </UnstyledButton>
      <Collapse expanded={isOpen}>
        <Stack>
          <Select
            label="Their time zone"
            description="Nobody is called at night"
            searchable
            clearable
            clearButtonProps={{ 'aria-label': 'Take the zone away' }}
            data={ZONES}
            value={callee.timeZone}
            onChange={(timeZone) => set({ timeZone })}
          />
          <Select
            label="Their age"
            clearable
            clearButtonProps={{ 'aria-label': 'Take the age away' }}
            data={AGES}
            value={callee.ageBand}
            onChange={(ageBand) => set({ ageBand })}
          />
          <Textarea
            label="The words with which they agreed to be called"
            description="At least ten letters; you keep the original"
            maxLength={2_000}
            autosize
            value={callee.consent}
            onChange={(event) => set({ consent: event.currentTarget.value })}
          />
        </Stack>
      </Collapse>
    </>
  );
}
