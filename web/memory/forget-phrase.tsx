import { Button, Checkbox, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { matchesShape } from '../../server/http/shapes/memory.ts';
import { change } from '../client/http.ts';
import { Confirm } from '../shell/confirm.tsx';
import { Problem } from '../shell/problem.tsx';
import { useMemoryChange } from './use-memory-change.ts';

/** Everything about something, looked at before it is forgotten: memories, and lines of calls. */
export function ForgetPhrase({ userId, persona }: { userId: string; persona: string }) {
  const [phrase, setPhrase] = useState('');
  const [kept, setKept] = useState<ReadonlySet<string>>(new Set());
  const forgetting = useMemoryChange(userId, persona);
  const looking = useMutation({
    mutationFn: () =>
      change(matchesShape, 'POST', `/api/personas/${persona}/memories/matching?userId=${userId}`, { phrase }),
    onSuccess: () => setKept(new Set()),
  });
  const chosen = <T extends { id: string }>(all: readonly T[]) => all.filter(({ id }) => !kept.has(id));
  const found = looking.data;
  const memories = chosen(found?.memories ?? []);
  const lines = chosen(found?.lines ?? []);
  const forget = () =>
    forgetting.mutate(
      {
        method: 'POST',
        path: '/forget',
        body: { memories: memories.map(({ id }) => id), lines: lines.map(({ id }) => id) },
        done: 'Forgotten.',
      },
      { onSuccess: () => looking.reset() },
    );
  const keep = (id: string, isKept: boolean) => {
    const next = new Set(kept);
    if (isKept) next.add(id);
    else next.delete(id);
    setKept(next);
  };
  return (
    <Stack gap="xs" component="section" aria-label="Forget all about something">
      <Title order={2} size="h4">
        Forget all about something
      </Title>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          looking.mutate();
        }}
      >
        <Group align="flex-end">
          <TextInput
            flex={1}
            label="About what"
            description="A name, a place, a few words: nothing goes before you have looked at it"
            maxLength={500}
            value={phrase}
            onChange={(event) => setPhrase(event.currentTarget.value)}
          />
          <Button type="submit" variant="default" disabled={phrase.trim() === ''} loading={looking.isPending}>
            Look for it
          </Button>
        </Group>
      </form>
      {looking.isError && <Problem error={looking.error} />}
      {found !== undefined && found.memories.length + found.lines.length === 0 && (
        <Text>Nothing that is remembered, and no line of a call, has these words.</Text>
      )}
      {found !== undefined && found.memories.length + found.lines.length > 0 && (
        <Stack gap="xs">
          {[...found.memories.map((each) => ({ ...each, of: 'remembered' })), ...found.lines.map(ofCall)].map(
            ({ id, text, of }) => (
              <Checkbox
                key={id}
                label={`${text} (${of})`}
                checked={!kept.has(id)}
                onChange={(event) => keep(id, !event.currentTarget.checked)}
              />
            ),
          )}
          {memories.length + lines.length > 0 && (
            <Group>
              <Confirm
                action="Forget what is ticked"
                title="Forget this for good?"
                detail={`${memories.length} remembered and ${lines.length} said in calls go, with the recordings of those calls. It is not learned again.`}
                onConfirm={forget}
              />
            </Group>
          )}
        </Stack>
      )}
    </Stack>
  );
}

function ofCall({ id, text, speaker }: { id: string; text: string; speaker: string }) {
  return { id, text, of: speaker === 'caller' ? 'said in a call' : 'said by the persona' };
}
