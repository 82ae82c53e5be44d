import { Anchor, Badge, Button, Card, Group, Stack, Text, Textarea } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { MemoryShape } from '../../server/http/shapes/memory.ts';
import { personaName } from '../format/names.ts';
import { formatMoment } from '../format/time.ts';
import { Confirm } from '../shell/confirm.tsx';
import { MemoryHistory } from './memory-history.tsx';
import { useMemoryChange } from './use-memory-change.ts';
import { sourceWords } from './words.ts';

const MOST_CHARACTERS = 2_000;

interface MemoryCardProps {
  userId: string;
  /** In whose relationship it is looked at; others may share it. */
  persona: string;
  memory: MemoryShape;
  before: readonly MemoryShape[];
}

/** One memory: what it says, where it comes from, what it was before. */
export function MemoryCard({ userId, persona, memory, before }: MemoryCardProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const [isOpen, { toggle }] = useDisclosure(false);
  const changing = useMemoryChange(userId, persona);
  const path = `/${memory.id}`;
  const isShared = memory.persona === '';
  const change = (body: object, done: string) => changing.mutate({ method: 'PATCH', path, body, done });
  const save = () => {
    if (draft !== null && draft.trim() !== memory.text) change({ text: draft.trim() }, 'Corrected.');
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
          <Text key={id} size="sm" c="dimmed">
            Before{validTo === null ? '' : ` ${formatMoment(validTo)}`}: <del>{text}</del>
          </Text>
        ))}
        {isOpen && (
          <MemoryHistory
            userId={userId}
            persona={persona}
            memoryId={memory.id}
            text={memory.text}
            onBringBack={(text) => change({ text }, 'It is as before.')}
          />
        )}
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
                  change(
                    { pinned: !memory.pinned },
                    memory.pinned ? 'It can change again.' : 'It stays as it is, whatever is said.',
                  )
                }
              >
                {memory.pinned ? 'Unpin' : 'Pin'}
              </Button>
              <Button
                variant="default"
                size="xs"
                onClick={() =>
                  change(
                    { shared: !isShared },
                    isShared ? `Only ${personaName(persona)} knows it.` : 'Every persona may know it.',
                  )
                }
              >
                {isShared ? `Let only ${personaName(persona)} know` : 'Let all personas know'}
              </Button>
              <Button variant="default" size="xs" aria-expanded={isOpen} onClick={toggle}>
                How it came to be
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
      {memory.persona === '' && <Badge variant="default">all personas know it</Badge>}
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
