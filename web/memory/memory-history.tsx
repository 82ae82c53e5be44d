import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { diffWords } from 'diff';
import type { MemoryChangeShape } from '../../server/http/shapes/memory.ts';
import { memoryHistoryQuery } from '../client/queries.ts';
import { formatMoment } from '../format/time.ts';
import { Loaded } from '../shell/loaded.tsx';

const ACTORS: Readonly<Record<string, string>> = {
  extraction: 'from a call',
  user: 'by hand',
  persona: 'by the persona, in a call',
  admin: 'by an admin',
  import: 'taken over from elsewhere',
};

const WHAT: Readonly<Record<MemoryChangeShape['operation'], string>> = {
  add: 'Noted',
  confirm: 'Heard again',
  supersede: 'Another took its place',
  edit: 'Corrected',
  pin: 'Pinned, let go or shared',
  forget: 'Forgotten',
  expire: 'Not true any more',
};

interface MemoryHistoryProps {
  userId: string;
  persona: string;
  memoryId: string;
  /** What it says now. */
  text: string;
  onBringBack(text: string): void;
}

/** How a memory came to be what it is: each change, word by word, with what it comes from. */
export function MemoryHistory({ userId, persona, memoryId, text, onBringBack }: MemoryHistoryProps) {
  const found = useQuery(memoryHistoryQuery(userId, persona, memoryId));
  return (
    <Loaded of={found}>
      {({ changes }) => (
        <Stack component="ol" gap={4} m={0} pl="lg">
          {changes.map((change) => (
            <li key={change.id}>
              <Group gap="xs">
                <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                  {WHAT[change.operation]} {ACTORS[change.actor] ?? change.actor}, {formatMoment(change.at)}:{' '}
                  <Difference before={change.before?.text ?? ''} after={change.after?.text ?? ''} />
                </Text>
                {change.callId !== null && (
                  <Anchor size="sm" component={Link} to={`/calls/${change.callId}`}>
                    The call
                  </Anchor>
                )}
                <BringBack was={change.before?.text} is={text} onBringBack={onBringBack} />
              </Group>
            </li>
          ))}
        </Stack>
      )}
    </Loaded>
  );
}

function Difference({ before, after }: { before: string; after: string }) {
  if (before === '' || before === after) return after;
  return diffWords(before, after).map(({ value, added, removed }, i) => {
    // biome-ignore lint/suspicious/noArrayIndexKey: the same two texts differ in the same places
    if (added) return <ins key={i}>{value}</ins>;
    // biome-ignore lint/suspicious/noArrayIndexKey: as above
    if (removed) return <del key={i}>{value}</del>;
    return value;
  });
}

interface BringBackProps {
  was: string | undefined;
  is: string;
  onBringBack(text: string): void;
}

function BringBack({ was, is, onBringBack }: BringBackProps) {
  if (was === undefined || was === '' || was === is) return null;
  return (
    <Button variant="default" size="compact-xs" onClick={() => onBringBack(was)}>
      Bring “{was}” back
    </Button>
  );
}
