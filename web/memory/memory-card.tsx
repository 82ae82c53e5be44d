import { Anchor, Badge, Button, Card, Group, Stack, Text, Textarea } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { MemoryShape } from '../../server/http/shapes/memory.ts';
import { formatMoment } from '../format/time.ts';
import { Confirm } from '../shell/confirm.tsx';
import { useMemoryChange } from './use-memory-change.ts';
import { sourceWords } from './words.ts';

const MOST_CHARACTERS = 2_000;

/** One memory: what it says, where it comes from, what it was before. */
export function MemoryCard({
  userId,
  memory,
  before,
}: {
  userId: string;
  memory: MemoryShape;
  before: readonly MemoryShape[];
}) {
  const [draft, setDraft] = useState<string | null>(null);
  const changing = useMemoryChange(userId, memory.persona);
  const path = `/${memory.id}`;
  const save = () => {
    if (draft !== null && draft.trim() !== memory.text)
      changing.mutate({ method: 'PATCH', path, body: { text: draft.trim() }, done: 'Corrected.' });
    setDraft(null);
  };
  return (
    <Card withBorder component="article" aria-label={memory.text}>
      <Stack gap="xs">
        {draft === null ? (
          <Text style={{ overflowWrap: 'anywhere' }}>{memory.text}</Text>
        ) : (
          <Textarea
            aria-label="What is right"
            autosize
            autoFocus
            maxLength={MOST_CHARACTERS}
            value={draft}
            onChange={(event) => setDraft(event.currentTarget.value)}
          />
        )}
        <Provenance memory={memory} />
        {before.map(({ id, text, validTo }) => (
          <Group key={id} gap="xs">
            <Text size="sm" c="dimmed">
              Before{validTo === null ? '' : ` ${formatMoment(validTo)}`}: <del>{text}</del>
            </Text>
            <Button
              variant="default"
              size="compact-xs"
              onClick={() =>
                changing.mutate({ method: 'PATCH', path, body: { text }, done: 'It is as before.' })
              }
            >
              Bring it back
            </Button>
          </Group>
        ))}
        <Group gap="xs">
          {draft === null ? (
            <>
              <Button variant="default" size="xs" onClick={() => setDraft(memory.text)}>
                Correct
              </Button>
              <Button
                variant="default"
                size="xs"
                onClick={() =>
                  changing.mutate({
                    method: 'PATCH',
                    path,
                    body: { pinned: !memory.pinned },
                    done: memory.pinned ? 'It can change again.' : 'It stays as it is, whatever is said.',
                  })
                }
              >
                {memory.pinned ? 'Unpin' : 'Pin'}
              </Button>
              <Confirm
                action="Forget"
                title="Forget this for good?"
                detail={`“${memory.text}” goes, with the lines of calls that told it and their recordings. It is not learned again.`}
                onConfirm={() => changing.mutate({ method: 'DELETE', path, done: 'Forgotten.' })}
              />
            </>
          ) : (
            <>
              <Button size="xs" disabled={draft.trim() === ''} onClick={save}>
                Save
              </Button>
              <Button variant="default" size="xs" onClick={() => setDraft(null)}>
                Leave it
              </Button>
            </>
          )}
        </Group>
      </Stack>
    </Card>
  );
}

function Provenance({ memory }: { memory: MemoryShape }) {
  return (
    <Group gap="xs">
      {memory.pinned && <Badge variant="default">pinned</Badge>}
      <Text size="sm" c="dimmed">
        {sourceWords(memory)}, {formatMoment(memory.recordedAt)}
      </Text>
      {memory.quote !== null && (
        <Text size="sm" c="dimmed" fs="italic">
          “{memory.quote}”
        </Text>
      )}
      {memory.callId !== null && (
        <Anchor size="sm" component={Link} to={`/calls/${memory.callId}`}>
          The call
        </Anchor>
      )}
    </Group>
  );
}
