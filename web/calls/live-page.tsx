import { SimpleGrid, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { sessionQuery } from '../client/queries.ts';
import { useConnection, useLiveCalls } from '../client/use-live-calls.ts';
import { Notice } from '../shell/notice.tsx';
import { PageTitle } from '../shell/page-title.tsx';
import { LiveCallCard } from './live-call-card.tsx';
import { WaterfallLegend } from './waterfall.tsx';

/** Every call under way: what is said, what it costs, how long each answer took. */
export function LivePage() {
  const calls = [...useLiveCalls().values()];
  const connection = useConnection();
  const queryClient = useQueryClient();
  useEffect(() => {
    // The server says no more to whoever is signed out; asked for the session, it says so, and the shell asks to sign in.
    if (connection === 'refused') void queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey });
  }, [connection, queryClient]);
  return (
    <Stack>
      <PageTitle>Live calls</PageTitle>
      {connection === 'refused' && (
        <Notice tone="problem" title="The server no longer tells of calls here.">
          Load this page again.
        </Notice>
      )}
      {connection === 'lost' && (
        <Notice tone="attention" title="The connection to the server is lost.">
          It is tried again by itself; nothing that is said meanwhile gets lost.
        </Notice>
      )}
      {calls.length === 0 && (
        <Text c="dimmed">
          {connection === 'connecting'
            ? 'Looking for calls …'
            : 'Nobody is on the phone. A call appears here when it rings.'}
        </Text>
      )}
      {calls.length > 0 && <WaterfallLegend />}
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        {calls.map((live) => (
          <LiveCallCard key={live.call.id} live={live} />
        ))}
      </SimpleGrid>
    </Stack>
  );
}
