import {
  Anchor,
  Button,
  Container,
  Group,
  NativeSelect,
  Progress,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type RefObject, useRef, useState } from 'react';
import { type DevPhoneShape, devPhoneShape } from '../../server/http/shapes/dev-phone.ts';
import { read } from '../client/http.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Notice } from '../shell/notice.tsx';
import { PageTitle } from '../shell/page-title.tsx';
import { CallSoFar } from './call-so-far.tsx';
import { Keypad } from './keypad.tsx';
import { usePhone } from './use-phone.ts';

/** A phone in the browser: what somebody opens first. */
export function DevPhonePage() {
  const found = useQuery({
    queryKey: ['dev-phone'],
    queryFn: ({ signal }) => read(devPhoneShape, '/api/dev-phone', signal),
  });
  return (
    <Container component="main" size="lg" py="md">
      <Stack>
        <Group justify="space-between">
          <PageTitle>Phone</PageTitle>
          <Anchor href="/app/">Panel</Anchor>
        </Group>
        <Loaded of={found}>{(phone) => <Phone phone={phone} />}</Loaded>
      </Stack>
    </Container>
  );
}

function Phone({ phone: { phrases, personas } }: { phone: DevPhoneShape }) {
  const [persona, setPersona] = useState(personas[0]?.slug ?? '');
  const said = useRef<HTMLDivElement>(null);
  const heard = useRef<HTMLDivElement>(null);
  const { state, call, say } = usePhone((saidLevel, heardLevel) => {
    show(said, saidLevel);
    show(heard, heardLevel);
  });
  const isFree = state.now === 'idle' || state.now === 'over';
  return (
    <Stack>
      {state.now === 'idle' && (
        <Text>
          Call a persona from here. The call is real in everything but the telephone network: what it hears,
          thinks, says and remembers, and what it costs.
        </Text>
      )}
      <Group align="flex-end">
        <NativeSelect
          label="Whom"
          disabled={!isFree}
          data={personas.map(({ slug, name }) => ({ value: slug, label: name }))}
          value={persona}
          onChange={(event) => setPersona(event.currentTarget.value)}
        />
        {state.now === 'talking' ? (
          <Button color="red" onClick={() => state.line.hangUp()}>
            Hang up
          </Button>
        ) : (
          <Button loading={state.now === 'calling'} onClick={() => call.mutate(persona)}>
            {state.now === 'over' ? 'Call again' : 'Call'}
          </Button>
        )}
      </Group>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
        {state.now === 'talking' && (
          <Stack>
            {state.muted !== null && <Notice tone="attention" title={state.muted} />}
            <Meter label="You" bar={said} />
            <Meter label="Persona" bar={heard} />
            <Saying phrases={phrases} isPending={say.isPending} onSay={(text) => say.mutate(text)} />
            <Keypad onPress={(digit) => state.line.press(digit)} />
          </Stack>
        )}
        {(state.now === 'talking' || state.now === 'over') && <CallSoFar callId={state.callId} />}
      </SimpleGrid>
    </Stack>
  );
}

/** Fifty times a second: past React, which has nothing else to draw then. */
function show(bar: RefObject<HTMLDivElement | null>, level: number): void {
  const section = bar.current?.firstElementChild;
  if (section instanceof HTMLElement) section.style.width = `${Math.round(Math.min(1, level) * 100)}%`;
}

function Meter({ label, bar }: { label: string; bar: RefObject<HTMLDivElement | null> }) {
  return (
    <Group gap="sm" wrap="nowrap">
      <Text size="sm" w={64}>
        {label}
      </Text>
      <Progress.Root ref={bar} flex={1} aria-hidden transitionDuration={0}>
        <Progress.Section value={0} withAria={false} />
      </Progress.Root>
    </Group>
  );
}

interface SayingProps {
  phrases: readonly string[];
  isPending: boolean;
  onSay(text: string): void;
}

/** To say by typing or by a button what the sandbox then understands word by word. */
function Saying({ phrases, isPending, onSay }: SayingProps) {
  const [text, setText] = useState('');
  if (phrases.length === 0) return null;
  return (
    <Stack gap="xs">
      <Text size="sm" c="dimmed">
        This is the sandbox: it hears when you speak into the microphone, and not what you say. What you type,
        or press here, it understands.
      </Text>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSay(text.trim());
          setText('');
        }}
      >
        <Group align="flex-end" wrap="nowrap">
          <TextInput
            flex={1}
            label="Say"
            maxLength={300}
            autoComplete="off"
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Button type="submit" loading={isPending} disabled={text.trim() === ''}>
            Say it
          </Button>
        </Group>
      </form>
      <Group gap="xs">
        {phrases.map((phrase) => (
          <Button key={phrase} variant="default" size="xs" onClick={() => onSay(phrase)}>
            {phrase}
          </Button>
        ))}
      </Group>
    </Stack>
  );
}
