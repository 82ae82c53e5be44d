import { Button, Group, Select, Stack, Switch, TagsInput, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { PersonaShape } from '../../server/http/shapes/personas.ts';
import { personasQuery } from '../client/queries.ts';
import { useChange } from '../shell/use-change.ts';

const TEMPLATES = ['supportive', 'accountability', 'celebration'];
const TURN_TAKING = [
  { value: 'conservative', label: 'Waits long, for hesitant people' },
  { value: 'balanced', label: 'As most people do' },
  { value: 'aggressive', label: 'Answers at once' },
];
const MOST_CHARACTERS = 20_000;

/** Changes a persona for the calls to come; what it was stays as a version. */
export function PersonaForm({ persona }: { persona: PersonaShape }) {
  const { slug, version: _version, description: before, ...settings } = persona;
  const [draft, setDraft] = useState(settings);
  const [description, setDescription] = useState(before);
  const changing = useChange(personasQuery.queryKey);
  const set = (change: Partial<typeof draft>) => setDraft({ ...draft, ...change });
  const isWhole = [draft.name, draft.onBehalfOf, draft.voice, description].every(
    (text) => text.trim() !== '',
  );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        changing.mutate({
          method: 'PATCH',
          path: `/api/personas/${slug}`,
          body: { settings: draft, description },
          done: 'Saved as a new version; it holds for the calls to come.',
        });
      }}
    >
      <Stack>
        <TextInput
          label="Name"
          required
          value={draft.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
        />
        <TextInput
          label="On whose behalf it calls"
          description="Said at the beginning of every call"
          required
          value={draft.onBehalfOf}
          onChange={(event) => set({ onBehalfOf: event.currentTarget.value })}
        />
        <TextInput
          label="Voice"
          required
          value={draft.voice}
          onChange={(event) => set({ voice: event.currentTarget.value })}
        />
        <Select
          label="Template"
          allowDeselect={false}
          data={TEMPLATES}
          value={draft.template}
          onChange={(template) => set({ template: template as typeof draft.template })}
        />
        <TagsInput label="Traits" data={[]} value={draft.traits} onChange={(traits) => set({ traits })} />
        <Select
          label="How it takes its turn"
          allowDeselect={false}
          data={TURN_TAKING}
          value={draft.turnTaking}
          onChange={(turnTaking) => set({ turnTaking: turnTaking as typeof draft.turnTaking })}
        />
        <Switch
          label="For adults alone"
          checked={draft.adultsOnly ?? false}
          onChange={(event) => set({ adultsOnly: event.currentTarget.checked })}
        />
        <Textarea
          label="Who it is"
          autosize
          minRows={8}
          maxLength={MOST_CHARACTERS}
          required
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        <Group>
          <Button type="submit" loading={changing.isPending} disabled={!isWhole}>
            Save as a new version
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
