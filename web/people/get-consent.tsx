import { Button, Group, NativeSelect, SegmentedControl, Stack, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { CONSENT_WORDS } from '../calling/consent-words.ts';
import { consentsQuery } from '../calling/queries.ts';
import { personasQuery } from '../client/queries.ts';
import { useChange } from '../shell/use-change.ts';

const WAYS = [
  { value: 'ask', label: 'Ask by text' },
  { value: 'attest', label: 'They agreed in writing' },
];
const KINDS = Object.entries(CONSENT_WORDS).map(([value, label]) => ({ value, label }));

/** Asks somebody by text whether they want to be called, or writes down what they agreed to elsewhere. */
export function GetConsent() {
  const personas = useQuery(personasQuery).data?.personas ?? [];
  const [way, setWay] = useState('ask');
  const [number, setNumber] = useState('');
  const [displayName, setDisplayName] = useState('');
  const [persona, setPersona] = useState('brad');
  const [kind, setKind] = useState('calls');
  const [text, setText] = useState('');
  const changing = useChange(consentsQuery.queryKey);
  const phoneNumber = number.replace(/[\s()-]/g, '');
  const ask = () =>
    changing.mutate({
      method: 'POST',
      path: '/api/consents/ask',
      body: { to: phoneNumber, displayName, persona },
      done: `${displayName} is asked; their YES comes here.`,
    });
  const attest = () =>
    changing.mutate(
      {
        method: 'POST',
        path: '/api/consents',
        body: { phoneNumber, kind, text },
        done: 'It is written down under your name.',
      },
      { onSuccess: () => setText('') },
    );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (way === 'ask') ask();
        else attest();
      }}
    >
      <Stack maw={480}>
        <SegmentedControl aria-label="How" data={WAYS} value={way} onChange={setWay} />
        <TextInput
          label="Number"
          type="tel"
          required
          value={number}
          onChange={(event) => setNumber(event.currentTarget.value)}
        />
        {way === 'ask' ? (
          <>
            <TextInput
              label="Whose it is"
              required
              maxLength={80}
              value={displayName}
              onChange={(event) => setDisplayName(event.currentTarget.value)}
            />
            <NativeSelect
              label="Who would call"
              data={personas.map(({ slug, name }) => ({ value: slug, label: name }))}
              value={persona}
              onChange={(event) => setPersona(event.currentTarget.value)}
            />
          </>
        ) : (
          <>
            <NativeSelect
              label="To what"
              data={KINDS}
              value={kind}
              onChange={(event) => setKind(event.currentTarget.value)}
            />
            <Textarea
              label="In which words"
              description="At least ten letters; you keep the original"
              required
              minLength={10}
              maxLength={2_000}
              autosize
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
            />
          </>
        )}
        <Group>
          <Button type="submit" loading={changing.isPending}>
            {way === 'ask' ? 'Text them the question' : 'Write it down'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
