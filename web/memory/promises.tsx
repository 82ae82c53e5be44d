import { Badge, Button, Card, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { PromiseShape } from '../../server/http/shapes/memory.ts';
import { promisesQuery } from '../client/queries.ts';
import { personaName } from '../format/names.ts';
import { formatMoment } from '../format/time.ts';
import { Confirm } from '../shell/confirm.tsx';
import { Loaded } from '../shell/loaded.tsx';
import { useChange } from '../shell/use-change.ts';

const MOST_CHARACTERS = 300;
const OUTCOMES: Readonly<Record<PromiseShape['status'], string>> = {
  open: 'open',
  kept: 'kept',
  broken: 'not kept',
  moved: 'moved',
};

interface PromisesProps {
  userId: string;
  persona: string;
}

/** What somebody has promised a persona, and what became of it. */
export function Promises({ userId, persona }: PromisesProps) {
  const found = useQuery(promisesQuery(userId, persona));
  return (
    <Stack gap="xs" component="section" aria-label="Promises">
      <Title order={2} size="h4">
        Promises
      </Title>
      <NewPromise userId={userId} persona={persona} />
      <Loaded of={found}>
        {({ commitments }) =>
          commitments.length === 0 ? (
            <Text c="dimmed">{personaName(persona)} was promised nothing.</Text>
          ) : (
            commitments.map((made) => <OnePromise key={made.id} userId={userId} made={made} />)
          )
        }
      </Loaded>
    </Stack>
  );
}

function NewPromise({ userId, persona }: PromisesProps) {
  const [promise, setPromise] = useState('');
  const [dueAt, setDueAt] = useState('');
  const changing = useChange(promisesQuery(userId, persona).queryKey);
  const body = { promise: promise.trim(), dueAt: dueAt === '' ? null : new Date(dueAt).toISOString() };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        changing.mutate(
          {
            method: 'POST',
            path: `/api/personas/${persona}/commitments?userId=${userId}`,
            body,
            done: `${personaName(persona)} will ask about it.`,
          },
          { onSuccess: () => setPromise('') },
        );
      }}
    >
      <Group align="flex-end">
        <TextInput
          flex={1}
          miw={200}
          label={`Promise ${personaName(persona)} something`}
          maxLength={MOST_CHARACTERS}
          value={promise}
          onChange={(event) => setPromise(event.currentTarget.value)}
        />
        <TextInput
          label="Until when"
          type="datetime-local"
          value={dueAt}
          onChange={(event) => setDueAt(event.currentTarget.value)}
        />
        <Button type="submit" disabled={body.promise === ''} loading={changing.isPending}>
          Promise it
        </Button>
      </Group>
    </form>
  );
}

function OnePromise({
  userId,
  made: { id, persona, promise, status, dueAt, settledAt, quote },
}: {
  userId: string;
  made: PromiseShape;
}) {
  const changing = useChange(promisesQuery(userId, persona).queryKey);
  const path = `/api/personas/${persona}/commitments/${id}?userId=${userId}`;
  const settle = (outcome: 'kept' | 'broken', done: string) => () =>
    changing.mutate({ method: 'PATCH', path, body: { outcome }, done });
  return (
    <Card withBorder component="article" aria-label={promise} padding="sm">
      <Stack gap={6}>
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Text style={{ overflowWrap: 'anywhere' }}>{promise}</Text>
          <Badge variant="default" style={{ flexShrink: 0 }}>
            {OUTCOMES[status]}
          </Badge>
        </Group>
        <Text size="sm" c="dimmed">
          {status === 'open'
            ? dueAt === null
              ? 'Without a day.'
              : `Until ${formatMoment(dueAt)}.`
            : settledAt !== null && `Since ${formatMoment(settledAt)}.`}
          {quote !== null && ` “${quote}”`}
        </Text>
        {status === 'open' && (
          <Group gap="xs">
            <Button variant="default" size="xs" onClick={settle('kept', 'Well done.')}>
              Kept
            </Button>
            <Button variant="default" size="xs" onClick={settle('broken', 'It is noted.')}>
              Not kept
            </Button>
            <Confirm
              action="Take it away"
              title="Take this promise away?"
              detail={`“${promise}” goes, as if it had not been made.`}
              onConfirm={() => changing.mutate({ method: 'DELETE', path, done: 'It is gone.' })}
            />
          </Group>
        )}
      </Stack>
    </Card>
  );
}
