import { Button, Group, TextInput } from '@mantine/core';
import { useState } from 'react';
import { personaName } from '../format/names.ts';
import { useMemoryChange } from './use-memory-change.ts';

export function AddMemory({ userId, persona }: { userId: string; persona: string }) {
  const [text, setText] = useState('');
  const changing = useMemoryChange(userId, persona);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        changing.mutate(
          { method: 'POST', path: '', body: { text: text.trim() }, done: 'Remembered.' },
          { onSuccess: () => setText('') },
        );
      }}
    >
      <Group align="flex-end">
        <TextInput
          flex={1}
          label={`Something that ${personaName(persona)} should know`}
          maxLength={2_000}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Button type="submit" disabled={text.trim() === ''} loading={changing.isPending}>
          Remember
        </Button>
      </Group>
    </form>
  );
}
