import { useQuery } from '@tanstack/react-query';
import { sessionQuery } from '../client/queries.ts';
import { OverviewPage } from './overview-page.tsx';
import { TodayPage } from './today-page.tsx';

/** Where everybody comes in. */
export function HomePage() {
  const session = useQuery(sessionQuery).data;
  if (session == null) return null;
  return session.role === 'admin' ? (
    <OverviewPage session={session} />
  ) : (
    <TodayPage userId={session.userId} />
  );
}
