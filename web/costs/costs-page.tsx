import { Anchor, Button, Group, Progress, SegmentedControl, Stack, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { CostSummaryShape } from '../../server/http/shapes/costs.ts';
import { sessionQuery } from '../client/queries.ts';
import { startOfDay } from '../format/days.ts';
import { formatCents } from '../format/money.ts';
import { endWords, personaName } from '../format/names.ts';
import { formatDay } from '../format/time.ts';
import { Figures } from '../shell/figures.tsx';
import { Loaded } from '../shell/loaded.tsx';
import { PageTitle } from '../shell/page-title.tsx';
import { Rows } from '../shell/rows.tsx';
import { costSummaryQuery, type Period, periodQuery } from './queries.ts';

const PERIODS = [
  { value: '0', label: 'Today' },
  { value: '6', label: '7 days' },
  { value: '29', label: '30 days' },
  { value: '364', label: 'A year' },
];

/** What calls cost: by day, user, persona and service; against estimates, and for admins with what is left of it. */
export function CostsPage() {
  const [days, setDays] = useState('29');
  const session = useQuery(sessionQuery).data;
  const period: Period = {
    from: startOfDay(Number(days)).toISOString(),
    to: startOfDay(-1).toISOString(),
    userId: null,
  };
  const found = useQuery(costSummaryQuery(period));
  return (
    <Stack>
      <PageTitle>{session?.role === 'user' ? 'What my calls cost' : 'Costs'}</PageTitle>
      <Group justify="space-between">
        <SegmentedControl data={PERIODS} value={days} onChange={setDays} aria-label="Of how long" />
        <Button
          component="a"
          variant="default"
          href={`/api/user/costs/calls.csv?${periodQuery(period)}`}
          download
        >
          Every call as a spreadsheet (CSV)
        </Button>
      </Group>
      <Loaded of={found}>{(summary) => <Summary summary={summary} />}</Loaded>
    </Stack>
  );
}

function Summary({ summary }: { summary: CostSummaryShape }) {
  const { totalCents, expectedCents, comparison, margin } = summary;
  return (
    <Stack>
      <Figures
        figures={[
          { label: 'Billed', value: formatCents(totalCents), detail: `for ${summary.calls} calls` },
          {
            label: 'Expected',
            value: formatCents(expectedCents),
            detail: `of calls as long as these, by today’s prices: ${differenceWords(totalCents, expectedCents)}`,
          },
          { label: 'Talked', value: `${comparison.minutes.toLocaleString()} min` },
          ...(margin === undefined ? [] : marginFigures(margin, comparison)),
        ]}
      />
      <Section title="By day">
        <Bars
          label="Costs by day"
          rows={[...summary.byDay]
            .reverse()
            .map(({ day, ...rest }) => ({ key: day, name: formatDay(day), ...rest }))}
        />
      </Section>
      <Section title="By persona">
        <Bars
          label="Costs by persona"
          rows={summary.byPersona.map(({ persona, ...rest }) => ({
            key: persona,
            name: personaName(persona),
            ...rest,
          }))}
        />
      </Section>
      {summary.byUser !== undefined && (
        <Section title="By user">
          <Bars
            label="Costs by user"
            rows={summary.byUser.map(({ userId, displayName, ...rest }) => ({
              key: userId,
              name: (
                <Anchor component={Link} to={`/users/${userId}`}>
                  {displayName}
                </Anchor>
              ),
              ...rest,
            }))}
          />
        </Section>
      )}
      <Section title="By service">
        <Rows
          label="Costs by service"
          rows={summary.byService}
          keyOf={({ sku }) => sku}
          none="Nothing was used."
          columns={[
            { name: 'Service', cell: ({ service }) => service },
            { name: 'Cost', cell: ({ cents }) => formatCents(cents), isFigure: true },
            { name: 'Share', cell: ({ share }) => `${(share * 100).toFixed(1)} %`, isFigure: true },
          ]}
        />
      </Section>
      <Section title="How calls ended">
        <Rows
          label="How calls ended"
          rows={summary.byEnd}
          keyOf={({ endReason }) => endReason}
          none="No call has ended."
          columns={[
            { name: 'How', cell: ({ endReason }) => endWords(endReason) },
            { name: 'Calls', cell: ({ calls }) => calls, isFigure: true },
          ]}
        />
      </Section>
    </Stack>
  );
}

function marginFigures(
  margin: NonNullable<CostSummaryShape['margin']>,
  { saved }: CostSummaryShape['comparison'],
) {
  return [
    {
      label: 'Margin',
      value: formatCents(margin.marginCents),
      detail: `${formatCents(margin.capturedCents)} taken, less Stripe ${formatCents(margin.stripeFeeCents)}, disputes ${formatCents(margin.disputedCents)}, vendors ${formatCents(margin.vendorCents)}, house ${formatCents(margin.houseCents)}`,
    },
    {
      label: 'Drift from the vendors’ list',
      value: formatCents(margin.carrierDriftCents),
      detail: 'what the carrier charged beyond our price list',
    },
    ...(saved === null
      ? []
      : [
          {
            label: 'Less than ElevenLabs',
            value: `${Math.round(saved.low * 100)} to ${Math.round(saved.high * 100)} %`,
          },
        ]),
  ];
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        {title}
      </Title>
      {children}
    </Stack>
  );
}

interface Bar {
  key: string;
  name: ReactNode;
  calls: number;
  totalCents: number;
}

/** Sums with a bar each, the longest the largest. */
function Bars({ label, rows }: { label: string; rows: readonly Bar[] }) {
  const most = Math.max(1, ...rows.map(({ totalCents }) => totalCents));
  return (
    <Rows
      label={label}
      rows={rows}
      keyOf={({ key }) => key}
      none="Nothing was billed."
      columns={[
        { name: 'Of', cell: ({ name }) => name },
        { name: 'Calls', cell: ({ calls }) => calls, isFigure: true },
        { name: 'Cost', cell: ({ totalCents }) => formatCents(totalCents), isFigure: true },
        {
          name: 'Beside the others',
          cell: ({ totalCents }) => (
            <Progress
              value={(100 * totalCents) / most}
              aria-label={`Share of the largest, ${formatCents(most)}`}
            />
          ),
        },
      ]}
    />
  );
}

function differenceWords(actual: number, expected: number): string {
  if (expected === 0) return 'nothing to compare';
  const percent = Math.round((100 * (actual - expected)) / expected);
  if (percent === 0) return 'as expected';
  return `${Math.abs(percent)} % ${percent > 0 ? 'more' : 'less'} than that`;
}
