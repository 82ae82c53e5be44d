import {
  Button,
  Group,
  NumberInput,
  Select,
  Stack,
  Switch,
  Text,
  Textarea,
  TextInput,
  Title,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { RelationshipShape } from '../../server/http/shapes/personas.ts';
import { personasQuery } from '../client/queries.ts';
import { personaName } from '../format/names.ts';
import { formatMoment } from '../format/time.ts';
import { Loaded } from '../shell/loaded.tsx';
import { useChange } from '../shell/use-change.ts';
import { PromptPreview } from './prompt-preview.tsx';
import { relationshipQuery } from './queries.ts';

/** What each persona is to a user, and what it would be told about them. */
export function RelationshipsOf({ userId }: { userId: string }) {
  const personas = useQuery(personasQuery);
  const [chosen, setChosen] = useState<string | null>(null);
  return (
    <Loaded of={personas}>
      {({ personas: all }) => {
        const persona = chosen ?? all[0]?.slug ?? '';
        return (
          <Stack maw={860}>
            <Select
              label="Persona"
              maw={240}
              allowDeselect={false}
              data={all.map(({ slug, name }) => ({ value: slug, label: name }))}
              value={persona}
              onChange={setChosen}
            />
            <Between key={persona} persona={persona} userId={userId} />
          </Stack>
        );
      }}
    </Loaded>
  );
}

function Between({ persona, userId }: { persona: string; userId: string }) {
  const found = useQuery(relationshipQuery(persona, userId));
  return (
    <Loaded of={found}>
      {(relationship) => (
        <Stack>
          <Text c="dimmed">
            {relationship.total_calls} calls, {relationship.total_minutes} minutes
            {relationship.last_call_at === null
              ? ''
              : `, the last one ${formatMoment(relationship.last_call_at)}`}
          </Text>
          <RelationshipForm persona={persona} userId={userId} relationship={relationship} />
          <Title order={2} size="h4">
            What {personaName(persona)} would be told now
          </Title>
          <PromptPreview persona={persona} userId={userId} />
        </Stack>
      )}
    </Loaded>
  );
}

interface RelationshipFormProps {
  persona: string;
  userId: string;
  relationship: RelationshipShape;
}

function RelationshipForm({ persona, userId, relationship }: RelationshipFormProps) {
  const [type, setType] = useState(relationship.relationship_type);
  const [words, setWords] = useState(relationship.custom_system_prompt ?? '');
  const [config, setConfig] = useState(relationship.memory_config);
  const changing = useChange(['prompt', persona, userId]);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        changing.mutate({
          method: 'PUT',
          path: `/api/personas/${persona}/relationship?userId=${userId}`,
          body: {
            relationship_type: type.trim(),
            custom_system_prompt: words.trim() === '' ? null : words,
            memory_config: config,
          },
          done: 'Saved; it holds from the next call on.',
        });
      }}
    >
      <Stack maw={560}>
        <TextInput
          label="What they are to each other"
          description="Such as friend, bro, boss"
          required
          maxLength={80}
          value={type}
          onChange={(event) => setType(event.currentTarget.value)}
        />
        <Textarea
          label="In their own words"
          autosize
          minRows={2}
          maxLength={4_000}
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
        />
        <NumberInput
          label="Calls that it looks back at"
          min={0}
          max={10}
          allowDecimal={false}
          value={config.recent_calls}
          onChange={(value) => setConfig({ ...config, recent_calls: Number(value) })}
        />
        <Switch
          label="Learns nothing new from calls"
          checked={config.paused}
          onChange={(event) => setConfig({ ...config, paused: event.currentTarget.checked })}
        />
        <Switch
          label="May bring up health, faith, money and the like"
          checked={config.allow_sensitive}
          onChange={(event) => setConfig({ ...config, allow_sensitive: event.currentTarget.checked })}
        />
        <Switch
          label="May begin with what was said last time"
          checked={config.personal_first_message}
          onChange={(event) => setConfig({ ...config, personal_first_message: event.currentTarget.checked })}
        />
        <Group>
          <Button type="submit" loading={changing.isPending}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
