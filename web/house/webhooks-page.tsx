import { Stack, Tabs, Title } from '@mantine/core';
import { Endpoints } from './endpoints.tsx';
import { Inbox } from './inbox.tsx';

/** Whom we tell of what happens, and what others told us. */
export function WebhooksPage() {
  return (
    <Stack>
      <Title order={1}>Webhooks</Title>
      <Tabs defaultValue="out" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="out">Whom we tell</Tabs.Tab>
          <Tabs.Tab value="in">What came in</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="out" pt="md">
          <Endpoints />
        </Tabs.Panel>
        <Tabs.Panel value="in" pt="md">
          <Inbox />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}
