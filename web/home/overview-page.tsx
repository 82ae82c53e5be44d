import { Anchor, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { CostSummaryShape } from '../../server/http/shapes/costs.ts';
import type { AlertShape, InstanceShape } from '../../server/http/shapes/house.ts';
import type { AdminSession } from '../../server/http/shapes/session.ts';
import { callsQuery } from '../client/queries.ts';
import { useLiveCalls } from '../client/use-live-calls.ts';
import { costSummaryQuery } from '../costs/queries.ts';
import { startOfDay } from '../format/days.ts';
import { formatCents } from '../format/money.ts';
import { endWords, isFailure } from '../format/names.ts';
import { formatMoment } from '../format/time.ts';
import { pauseQuery } from '../settings/queries.ts';
import { Figures } from '../shell/figures.tsx';
import { Loaded } from '../shell/loaded.tsx';
import { Notice } from '../shell/notice.tsx';
import { PageTitle } from '../shell/page-title.tsx';
import { type Column, Rows } from '../shell/rows.tsx';
import { alertsQuery, instancesQuery } from './queries.ts';
import { Welcome } from './welcome.tsx';

const LOOK_EVERY_MS = 15_000;

/** How the house is doing today, for admins. */
export function OverviewPage({ session }: { session: AdminSession }) {
  const [today] = useState(() => ({
    from: startOfDay(0).toISOString(),
    to: startOfDay(-1).toISOString(),
    userId: null,
  }));
  const costs = useQuery({ ...costSummaryQuery(today), refetchInterval: LOOK_EVERY_MS });
  const held = useQuery({ ...callsQuery('ended'), refetchInterval: LOOK_EVERY_MS });
  const isNew = held.data?.calls.length === 0;
  return (
    <Stack>
      <PageTitle>Overview</PageTitle>
      <Paused />
      {isNew && <Welcome {...session} />}
      <Loaded of={costs}>{(summary) => <Today summary={summary} />}</Loaded>
      <Title order={2} size="h4">
        What somebody has to look at
      </Title>
      <Alerts />
      <Title order={2} size="h4">
        What serves
      </Title>
      <Instances />
    </Stack>
  );
}

function Paused() {
  const pause = useQuery(pauseQuery).data;
  if (pause === undefined) return null;
  const isPaused = pause.house || pause.personas.length > 0 || pause.payers.length > 0;
  if (!isPaused) return null;
  return (
    <Notice tone="problem" title={pause.house ? 'No call is made.' : 'Some calls stand still.'}>
      <Anchor component={Link} to="/settings">
        Change what stands still
      </Anchor>
    </Notice>
  );
}

function Today({ summary }: { summary: CostSummaryShape }) {
  const live = [...useLiveCalls().values()].filter(({ isGone }) => !isGone).length;
  const ended = summary.byEnd.reduce((sum, { calls }) => sum + calls, 0);
  const failed = summary.byEnd.filter(({ endReason }) => isFailure(endReason));
  const failures = failed.reduce((sum, { calls }) => sum + calls, 0);
  return (
    <Figures
      figures={[
        { label: 'Calls now', value: String(live) },
        { label: 'Calls today', value: String(ended) },
        { label: 'Billed today', value: formatCents(summary.totalCents) },
        ...(summary.margin === undefined
          ? []
          : [
              {
                label: 'Margin today',
                value: formatCents(summary.margin.marginCents),
                detail: `${formatCents(summary.margin.capturedCents)} taken from cards`,
              },
            ]),
        {
          label: 'Failed today',
          value: String(failures),
          detail: failed.map(({ endReason, calls }) => `${calls} × ${endWords(endReason)}`).join(', '),
        },
      ]}
    />
  );
}

const ALERT_COLUMNS: ReadonlyArray<Column<AlertShape>> = [
  {
    name: 'Since',
    cell: ({ at, callId }) =>
      callId === null ? (
        formatMoment(at)
      ) : (
        <Anchor component={Link} to={`/calls/${callId}`}>
          {formatMoment(at)}
        </Anchor>
      ),
  },
  { name: 'What', cell: ({ kind }) => kind.replaceAll('-', ' ') },
  { name: 'Detail', cell: ({ detail }) => detail },
];

function Alerts() {
  const found = useQuery({ ...alertsQuery, refetchInterval: LOOK_EVERY_MS });
  return (
    <Loaded of={found}>
      {({ alerts }) => (
        <Rows
          label="Alerts"
          rows={alerts.filter(({ clearedAt }) => clearedAt === null)}
          columns={ALERT_COLUMNS}
          keyOf={({ id }) => id}
          none="Nothing."
        />
      )}
    </Loaded>
  );
}

const INSTANCE_COLUMNS: ReadonlyArray<Column<InstanceShape>> = [
  { name: 'Where', cell: ({ url }) => url },
  { name: 'Version', cell: ({ version }) => version },
  { name: 'Since', cell: ({ startedAt }) => formatMoment(startedAt) },
  { name: 'Calls', cell: ({ liveCalls }) => liveCalls, isFigure: true },
  { name: 'Late by', cell: ({ loopLagMs }) => `${loopLagMs} ms`, isFigure: true },
  {
    name: 'Vendors',
    cell: ({ vendorsDown, drainingSince }) => (
      <Text size="sm">
        {vendorsDown.length === 0 ? 'all there' : `${vendorsDown.join(', ')} cannot be used`}
        {drainingSince === null ? '' : '; takes no new calls'}
      </Text>
    ),
  },
];

function Instances() {
  const found = useQuery({ ...instancesQuery, refetchInterval: LOOK_EVERY_MS });
  return (
    <Loaded of={found}>
      {({ instances }) => (
        <Rows
          label="Instances"
          rows={instances}
          columns={INSTANCE_COLUMNS}
          keyOf={({ id }) => id}
          none="Nothing."
        />
      )}
    </Loaded>
  );
}
