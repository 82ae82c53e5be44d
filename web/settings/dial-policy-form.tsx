import { Fieldset, Group, NumberInput, Stack, Switch, TagsInput, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { z } from 'zod';
import { dialPolicyShape } from '../../server/http/shapes/dialing.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Dollars } from './dollars.tsx';
import { dialPolicyQuery } from './queries.ts';
import { type Editing, SettingForm } from './setting-form.tsx';

type Policy = z.infer<typeof dialPolicyShape>;
type Named<Kind> = { [Field in keyof Policy]: Policy[Field] extends Kind ? Field : never }[keyof Policy];

const SWITCHES: ReadonlyArray<readonly [Named<boolean>, string]> = [
  ['needsZone', 'Nobody is called whose time zone is not known'],
  ['needsProof', 'Nobody is called whose number is not proven'],
  ['needsAge', 'Nobody is called of whom nobody said that they are of age'],
  ['callsMinors', 'Minors are called, with a parent’s consent'],
  ['adminCallAttests', 'An admin’s call is their word that the callee agreed'],
  ['paysKnownCallers', 'The house pays for callers whom it knows'],
  ['onboardsUnknownCallers', 'Callers whom nobody knows are answered'],
];
const FIGURES: ReadonlyArray<readonly [Exclude<Named<number>, 'version' | 'committedCentsPerHour'>, string]> =
  [
    ['attemptsPerDay', 'How often a number is rung within 24 hours'],
    ['minutesAfterUnanswered', 'Minutes until the next attempt when nobody picked up'],
    ['unansweredInARow', 'Unanswered calls in a row after which a number is left alone'],
    ['numbersPerPayerPerDay', 'Different numbers that one payer may have called in 24 hours'],
    ['payersPerNumberPerDay', 'Different payers who may have one number called in 24 hours'],
    ['newNumbersPerHour', 'Numbers called for the first time, an hour'],
    ['callsPerNumberAtOnce', 'Calls with one number at the same time'],
    ['callsAtOnce', 'Calls at the same time'],
    ['callsPerSecond', 'Calls that the carrier takes a second'],
    ['inboundAtOnce', 'Callers at the same time'],
    ['inboundPerNumberPerHour', 'Calls from one number, an hour'],
  ];

/** By which figures it is decided whether a number may be rung. */
export function DialPolicyForm() {
  const found = useQuery(dialPolicyQuery);
  return (
    <Loaded of={found}>
      {(policy) => (
        <SettingForm
          schema={dialPolicyShape}
          value={policy}
          path="/api/settings/dialing"
          method="PATCH"
          queryKey={dialPolicyQuery.queryKey}
          saved="Saved; it holds from the next call on."
        >
          {(editing) => <Fields {...editing} />}
        </SettingForm>
      )}
    </Loaded>
  );
}

function Fields({ draft, set, problemOf }: Editing<Policy>) {
  const figure = (value: string | number) => (value === '' ? Number.NaN : Number(value));
  return (
    <>
      <TagsInput
        label="Countries that may be called"
        description="Two letters each, such as US"
        data={[]}
        value={draft.countries}
        onChange={(countries) => set({ countries: countries.map((each) => each.toUpperCase()) })}
        error={problemOf('countries') === undefined ? null : 'Give each country as two letters, such as US.'}
      />
      <TagsInput
        label="Beginnings of numbers that are never called"
        data={[]}
        value={draft.denyPrefixes}
        onChange={(denyPrefixes) => set({ denyPrefixes })}
        error={problemOf('denyPrefixes') === undefined ? null : 'Give beginnings such as +1900.'}
      />
      <Hours
        legend="Hours outside of which nobody is called"
        hours={draft.outerHours}
        onChange={(outerHours) => set({ outerHours })}
      />
      <Hours
        legend="Hours of those who have not said when"
        hours={draft.defaultHours}
        onChange={(defaultHours) => set({ defaultHours })}
      />
      <Stack gap="xs">
        {SWITCHES.map(([field, label]) => (
          <Switch
            key={field}
            label={label}
            checked={draft[field]}
            onChange={(event) => set({ [field]: event.currentTarget.checked })}
          />
        ))}
      </Stack>
      <TextInput
        label="Persona who answers callers whom nobody knows"
        value={draft.onboardingPersona}
        onChange={(event) => set({ onboardingPersona: event.currentTarget.value })}
        error={problemOf('onboardingPersona') === undefined ? null : 'Name a persona, such as brad.'}
      />
      <Dollars
        label="What all calls of an hour may come to"
        cents={draft.committedCentsPerHour}
        onChange={(committedCentsPerHour) => set({ committedCentsPerHour })}
        error={problemOf('committedCentsPerHour')}
      />
      {FIGURES.map(([field, label]) => (
        <NumberInput
          key={field}
          label={label}
          min={0}
          allowDecimal={field === 'callsPerSecond'}
          value={Number.isNaN(draft[field]) ? '' : draft[field]}
          onChange={(value) => set({ [field]: figure(value) })}
          error={problemOf(field) === undefined ? null : 'Give a number that is possible.'}
        />
      ))}
    </>
  );
}

function Hours({
  legend,
  hours: { from, to },
  onChange,
}: {
  legend: string;
  hours: Policy['outerHours'];
  onChange(hours: Policy['outerHours']): void;
}) {
  return (
    <Fieldset legend={legend}>
      <Group>
        <NumberInput
          label="From"
          min={0}
          max={24}
          value={from}
          onChange={(value) => onChange({ from: Number(value), to })}
        />
        <NumberInput
          label="To"
          min={0}
          max={24}
          value={to}
          onChange={(value) => onChange({ from, to: Number(value) })}
        />
      </Group>
    </Fieldset>
  );
}
