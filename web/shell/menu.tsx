import { Box, NavLink, Text } from '@mantine/core';
import { Link, useRouterState } from '@tanstack/react-router';
import type { SessionShape } from '../../server/http/shapes/session.ts';

interface Section {
  /** Null: above all others, without a name. */
  name: string | null;
  pages: ReadonlyArray<{ to: string; label: string }>;
}

const MENUS: Readonly<Record<SessionShape['role'], readonly Section[]>> = {
  admin: [
    {
      name: null,
      pages: [
        { to: '/', label: 'Overview' },
        { to: '/live', label: 'Live calls' },
        { to: '/calls', label: 'All calls' },
      ],
    },
    {
      name: 'People',
      pages: [
        { to: '/users', label: 'Users' },
        { to: '/schedules', label: 'Planned calls' },
        { to: '/consents', label: 'Consents and suppressions' },
        { to: '/personas', label: 'Personas' },
      ],
    },
    {
      name: 'Money',
      pages: [
        { to: '/money', label: 'Payments and payers' },
        { to: '/costs', label: 'Costs' },
        { to: '/house', label: 'What the house pays' },
        { to: '/rate-cards', label: 'Rate cards' },
      ],
    },
    {
      name: 'House',
      pages: [
        { to: '/settings', label: 'Settings and kill switch' },
        { to: '/texts', label: 'Texts' },
        { to: '/webhooks', label: 'Webhooks' },
        { to: '/audit', label: 'Audit log' },
        { to: '/tokens', label: 'Tokens' },
        { to: '/passkeys', label: 'Passkeys' },
      ],
    },
  ],
  user: [
    {
      name: null,
      pages: [
        { to: '/', label: 'Today' },
        { to: '/calls', label: 'My calls' },
        { to: '/calling', label: 'When I may be called' },
        { to: '/profile', label: 'About me' },
        { to: '/memory', label: 'What they know of me' },
        { to: '/budget', label: 'My budget' },
        { to: '/costs', label: 'What my calls cost' },
        { to: '/payments', label: 'What I pay for' },
        { to: '/texts', label: 'Texts to me' },
      ],
    },
  ],
};

/** Where somebody can go. @param onChoose when they do. */
export function Menu({ session, onChoose }: { session: SessionShape; onChoose(): void }) {
  const path = useRouterState({ select: ({ location }) => location.pathname });
  return (
    <Box style={{ overflowY: 'auto' }}>
      {MENUS[session.role].map(({ name, pages }) => (
        <div key={name}>
          {name !== null && (
            <Text size="sm" c="dimmed" px="sm" pt="md" pb={4}>
              {name}
            </Text>
          )}
          {pages.map(({ to, label }) => (
            <NavLink
              key={to}
              component={Link}
              to={to}
              onClick={onChoose}
              label={label}
              active={path === `/app${to}` || path === to}
              variant="filled"
            />
          ))}
        </div>
      ))}
      {session.role === 'admin' && session.devPhone && (
        <NavLink component="a" href="/dev-phone" label="Phone in the browser" mt="md" />
      )}
    </Box>
  );
}
