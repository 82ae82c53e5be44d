import { Select, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { MemoryShape } from '../../server/http/shapes/memory.ts';
import { memoriesQuery, personasQuery } from '../client/queries.ts';
import { personaName } from '../format/names.ts';
import { Loading } from '../shell/loading.tsx';
import { Problem } from '../shell/problem.tsx';
import { AddMemory } from './add-memory.tsx';
import { ForgetPhrase } from './forget-phrase.tsx';
import { MemoryCard } from './memory-card.tsx';
import { Promises } from './promises.tsx';
import { TakeAlong } from './take-along.tsx';
import { categoryWords } from './words.ts';

/** What a persona knows of a user: to read, correct, pin, forget, and take along. */
export function MemoryOf({ userId }: { userId: string }) {
  const personas = useQuery(personasQuery);
  const [chosen, setChosen] = useState<string | null>(null);
  if (personas.isPending) return <Loading />;
  if (personas.isError) return <Problem error={personas.error} onRetry={() => void personas.refetch()} />;
  const persona = chosen ?? personas.data.personas[0]?.slug ?? '';
  return (
    <Stack maw={720}>
      <Select
        label="Persona"
        maw={240}
        allowDeselect={false}
        data={personas.data.personas.map(({ slug, name }) => ({ value: slug, label: name }))}
        value={persona}
        onChange={setChosen}
      />
      <Known key={persona} userId={userId} persona={persona} />
    </Stack>
  );
}

function Known({ userId, persona }: { userId: string; persona: string }) {
  const found = useQuery(memoriesQuery(userId, persona));
  if (found.isPending) return <Loading />;
  if (found.isError) return <Problem error={found.error} onRetry={() => void found.refetch()} />;
  const { memories } = found.data;
  const known = memories.filter(({ status }) => status === 'active' || status === 'pending_review');
  return (
    <Stack>
      <AddMemory userId={userId} persona={persona} />
      {known.length === 0 && (
        <Text c="dimmed">
          {personaName(persona)} knows nothing yet. What is said in a call comes here after it.
        </Text>
      )}
      {[...byCategory(known)].map(([category, group]) => (
        <Stack key={category} gap="xs">
          <Title order={2} size="h4">
            {categoryWords(category)}
          </Title>
          {group.map((memory) => (
            <MemoryCard
              key={memory.id}
              userId={userId}
              persona={persona}
              memory={memory}
              before={memories.filter(({ supersededBy }) => supersededBy === memory.id)}
            />
          ))}
        </Stack>
      ))}
      <Promises userId={userId} persona={persona} />
      <ForgetPhrase userId={userId} persona={persona} />
      <TakeAlong userId={userId} persona={persona} count={memories.length} />
    </Stack>
  );
}

function byCategory(memories: readonly MemoryShape[]): Map<string, MemoryShape[]> {
  const groups = new Map<string, MemoryShape[]>();
  for (const memory of memories)
    groups.set(memory.category, [...(groups.get(memory.category) ?? []), memory]);
  return groups;
}
