import { Stack, Tabs, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { personasQuery } from '../client/queries.ts';
import { Loaded } from '../shell/loaded.tsx';
import { NothingHere } from '../shell/nothing-here.tsx';
import { PageTitle } from '../shell/page-title.tsx';
import { PersonaForm } from './persona-form.tsx';
import { PreviewFor } from './prompt-preview.tsx';

/** One persona: what it is, and what it would be told about somebody. */
export function PersonaPage() {
  const { slug } = useParams({ from: '/shell/personas/$slug' });
  const found = useQuery(personasQuery);
  return (
    <Loaded of={found}>
      {({ personas }) => {
        const persona = personas.find((each) => each.slug === slug);
        if (persona === undefined) return <NothingHere />;
        return (
          <Stack maw={860}>
            <Stack gap={0}>
              <PageTitle>{persona.name}</PageTitle>
              <Text c="dimmed">
                Version {persona.version}; calls under way keep the one that they began with.
              </Text>
            </Stack>
            <Tabs defaultValue="what" keepMounted={false}>
              <Tabs.List>
                <Tabs.Tab value="what">What it is</Tabs.Tab>
                <Tabs.Tab value="prompt">What it would be told</Tabs.Tab>
              </Tabs.List>
              <Tabs.Panel value="what" pt="md">
                <PersonaForm key={persona.version} persona={persona} />
              </Tabs.Panel>
              <Tabs.Panel value="prompt" pt="md">
                <PreviewFor persona={slug} />
              </Tabs.Panel>
            </Tabs>
          </Stack>
        );
      }}
    </Loaded>
  );
}
