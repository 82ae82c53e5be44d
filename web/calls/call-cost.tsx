import { Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { CostShape } from '../../server/http/shapes/calls.ts';
import { costQuery, explanationQuery } from '../client/queries.ts';
import { formatCents, formatMicroCents } from '../format/money.ts';
import { skuName, unitsWords } from '../format/names.ts';
import { formatSecond } from '../format/time.ts';
import { Amounts } from '../money/amounts.tsx';
import { Loading } from '../shell/loading.tsx';
import { Problem } from '../shell/problem.tsx';
import { type Column, Rows } from '../shell/rows.tsx';

const EVENT_COLUMNS: ReadonlyArray<Column<CostShape['events'][number]>> = [
  { name: 'When', cell: ({ at }) => formatSecond(at) },
  { name: 'What', cell: ({ sku }) => skuName(sku) },
  { name: 'From', cell: ({ vendor }) => vendor },
  { name: 'Units', cell: ({ sku, units }) => unitsWords(sku, units), isFigure: true },
  { name: 'Amount', cell: ({ retailMicroCents }) => formatMicroCents(retailMicroCents), isFigure: true },
];

/** The bill, why it is what it is, and every event that is in it. */
export function CallCost({ callId, isOver }: { callId: string; isOver: boolean }) {
  const cost = useQuery(costQuery(callId));
  if (cost.isPending) return <Loading />;
  if (cost.isError) return <Problem error={cost.error} onRetry={() => void cost.refetch()} />;
  const {
    services = [],
    subtotalCents = 0,
    stripeFeeCents = 0,
    totalCostCents = 0,
    finalized,
    events,
  } = cost.data;
  return (
    <Stack>
      {!finalized && <Text c="dimmed">The call goes on, and so does its bill.</Text>}
      <Amounts
        label="Bill"
        lines={[
          ...services.map(({ sku, units, cents }) => ({
            name: `${skuName(sku)} (${unitsWords(sku, units)})`,
            cents,
          })),
          { name: 'Together', cents: subtotalCents },
          { name: 'Card fee', cents: stripeFeeCents },
        ]}
        total={totalCostCents}
      />
      {isOver && <Why callId={callId} />}
      <Title order={2} size="h4">
        Every cost event
      </Title>
      <Rows
        label="Cost events"
        rows={events}
        columns={EVENT_COLUMNS}
        keyOf={({ seq }) => seq}
        none="Nothing has cost anything yet."
      />
    </Stack>
  );
}

function Why({ callId }: { callId: string }) {
  const explanation = useQuery(explanationQuery(callId));
  if (explanation.data === undefined) return null;
  const { totalCents, expectedCents, causes } = explanation.data;
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        Why it cost what it did
      </Title>
      <Text>
        {formatCents(totalCents)}, where {formatCents(expectedCents)} would be expected of a call of its
        length.
      </Text>
      <Stack component="ul" gap={4} m={0} pl="lg">
        {causes.map(({ sku, service, cents, because }) => (
          <li key={sku}>
            {service}, {formatCents(cents)}: {because}
          </li>
        ))}
      </Stack>
    </Stack>
  );
}
