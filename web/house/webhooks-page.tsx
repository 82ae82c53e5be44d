import { Stack, Tabs } from '@mantine/core';
import { PageTitle } from '../shell/page-title.tsx';
import { Endpoints } from './endpoints.tsx';
import { Inbox } from './inbox.tsx';

/** Whom we tell of what happens, and what others told us. */
export function WebhooksPage() {
  return (
    <Stack>
      <PageTitle>Webhooks</PageTitle>
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
