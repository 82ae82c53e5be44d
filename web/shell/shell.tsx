import { AppShell, Burger, Button, Group, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Navigate, Outlet } from '@tanstack/react-router';
import { z } from 'zod';
import { change } from '../client/http.ts';
import { loadAgain } from '../client/load-again.ts';
import { sessionQuery } from '../client/queries.ts';
import { ColorScheme } from './color-scheme.tsx';
import { Loading } from './loading.tsx';
import { Menu } from './menu.tsx';
import { Problem } from './problem.tsx';
import { SkipLink } from './skip-link.tsx';

/** What surrounds every page of somebody who is signed in. */
export function Shell() {
  const session = useQuery(sessionQuery);
  const [isOpen, { toggle, close }] = useDisclosure(false);
  if (session.isPending) return <Loading />;
  if (session.isError) return <Problem error={session.error} onRetry={() => void session.refetch()} />;
  if (session.data === null) return <Navigate to="/sign-in" search={{}} />;
  const { data } = session;
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <SkipLink />
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={isOpen ? 'Close the menu' : 'Open the menu'}
            />
            <Text fw={700}>Ringback</Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Text visibleFrom="sm" c="dimmed">
              {data.role === 'admin' ? 'Admin' : data.displayName}
            </Text>
            <ColorScheme />
            <SignOut />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Pages">
        <Menu session={data} onChoose={close} />
      </AppShell.Navbar>
      <AppShell.Main {...SkipLink.target}>
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}

function SignOut() {
  const signOut = useMutation({
    mutationFn: () => change(z.unknown(), 'DELETE', '/api/session'),
    onSuccess: () => loadAgain('/app/sign-in'),
  });
  return (
    <Button variant="default" size="xs" loading={signOut.isPending} onClick={() => signOut.mutate()}>
      Sign out
    </Button>
  );
}
