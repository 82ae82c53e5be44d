import { Button, Group } from '@mantine/core';
import { personaName } from '../format/names.ts';
import { Confirm } from '../shell/confirm.tsx';
import { useMemoryChange } from './use-memory-change.ts';

/** The whole of it: to take along, or to have erased. */
export function TakeAlong({ userId, persona, count }: { userId: string; persona: string; count: number }) {
  const changing = useMemoryChange(userId, persona);
  const name = personaName(persona);
  return (
    <Group>
      <Button
        component="a"
        variant="default"
        href={`/api/personas/${persona}/memories/export?userId=${userId}`}
        download={`${persona}.json`}
      >
        Take it all along
      </Button>
      <Confirm
        action={`Erase all that ${name} knows`}
        title={`Erase all that ${name} knows?`}
        detail={`${count} ${count === 1 ? 'memory goes' : 'memories go'}, with what was said in all calls, their recordings, summaries and promises. It cannot be taken back.`}
        typed={name}
        onConfirm={() =>
          changing.mutate({ method: 'DELETE', path: '', done: `${name} knows nothing any more.` })
        }
      />
    </Group>
  );
}
