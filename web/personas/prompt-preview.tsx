import { Badge, Code, Group, Select, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { usersQuery } from '../client/queries.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Scrolled } from '../shell/scrolled.tsx';
import { promptQuery } from './queries.ts';

const TYPING_MS = 250;

/** What a persona would be told about somebody: chosen by name or number. */
export function PreviewFor({ persona }: { persona: string }) {
  const [search, setSearch] = useState('');
  const [asked] = useDebouncedValue(search, TYPING_MS);
  const [userId, setUserId] = useState<string | null>(null);
  const users = useQuery({ ...usersQuery(asked), placeholderData: keepPreviousData }).data?.users ?? [];
  return (
    <Stack>
      <Select
        label="About whom"
        maw={360}
        searchable
        data={users.map(({ id, displayName, phoneNumber }) => ({
          value: id,
          label: `${displayName}, ${phoneNumber}`,
        }))}
        filter={({ options }) => options} // the server has searched
        searchValue={search}
        onSearchChange={setSearch}
        value={userId}
        onChange={setUserId}
        nothingFoundMessage="Nobody is like that."
      />
      {userId === null ? (
        <Text c="dimmed">Choose somebody whom it knows.</Text>
      ) : (
        <PromptPreview persona={persona} userId={userId} />
      )}
    </Stack>
  );
}

/** The prompt as it would be now, and how many tokens each part takes. */
export function PromptPreview({ persona, userId }: { persona: string; userId: string }) {
  const found = useQuery(promptQuery(persona, userId));
  return (
    <Loaded of={found}>
      {({ full_prompt, token_count, sections, first_message, memory_ids }) => (
        <Stack gap="xs">
          <Group gap="xs">
            <Text>
              {token_count.toLocaleString()} tokens, {memory_ids.length} memories
            </Text>
            {Object.entries(sections).map(([name, tokens]) => (
              <Badge key={name} variant="default" tt="none">
                {name} {tokens.toLocaleString()}
              </Badge>
            ))}
          </Group>
          {first_message !== null && <Text>Begins with: “{first_message}”</Text>}
          <Scrolled label="Prompt" maxHeight={480}>
            <Code block style={{ whiteSpace: 'pre-wrap' }}>
              {full_prompt}
            </Code>
          </Scrolled>
        </Stack>
      )}
    </Loaded>
  );
}
