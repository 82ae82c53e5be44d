import { Anchor, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { NoMoreCalls } from '../calling/no-more-calls.tsx';
import { preferencesQuery, schedulesQuery } from '../calling/queries.ts';
import { LiveCallCard } from '../calls/live-call-card.tsx';
import { WaterfallLegend } from '../calls/waterfall.tsx';
import { budgetQuery, spentQuery } from '../client/queries.ts';
import { useLiveCalls } from '../client/use-live-calls.ts';
import { formatCents } from '../format/money.ts';
import { personaName } from '../format/names.ts';
import { formatMoment } from '../format/time.ts';
import { Figures } from '../shell/figures.tsx';
import { PageTitle } from '../shell/page-title.tsx';

/** What a user wants to know first: who is on the phone, who calls next, what is left to spend, and how to stop it. */
export function TodayPage({ userId }: { userId: string }) {
  const live = [...useLiveCalls().values()];
  return (
    <Stack maw={720}>
      <PageTitle>Today</PageTitle>
      {live.map((call) => (
        <LiveCallCard key={call.call.id} live={call} />
      ))}
      {live.length > 0 && <WaterfallLegend />}
      <Next userId={userId} />
      <Money userId={userId} />
      <Title order={2} size="h4">
        Enough?
      </Title>
      <NoMoreCalls userId={userId} />
    </Stack>
  );
}

function Next({ userId }: { userId: string }) {
  const schedules = useQuery(schedulesQuery(userId)).data?.schedules ?? [];
  const next = schedules.find(({ nextAt, pausedAt }) => nextAt !== null && pausedAt === null);
  const preferences = useQuery(preferencesQuery(userId)).data;
  return (
    <Text>
      {next?.nextAt == null
        ? 'No call is planned.'
        : `${personaName(next.persona)} calls ${formatMoment(next.nextAt)}.`}{' '}
      {preferences?.nextCallingTime === null &&
        preferences.timeZone !== null &&
        'You want no calls at any hour.'}{' '}
      <Anchor component={Link} to="/calling">
        When I may be called
      </Anchor>
    </Text>
  );
}

function Money({ userId }: { userId: string }) {
  const budget = useQuery(budgetQuery(userId)).data;
  const spent = useQuery(spentQuery(userId)).data;
  if (budget === undefined || spent === undefined) return null;
  return (
    <Figures
      figures={[
        {
          label: 'Spent today',
          value: formatCents(spent.dayCents),
          detail: `of ${formatCents(budget.maxCostPerDayCents)}`,
        },
        {
          label: 'Spent this month',
          value: formatCents(spent.monthCents),
          detail: `of ${formatCents(budget.maxCostPerMonthCents)}`,
        },
      ]}
    />
  );
}
