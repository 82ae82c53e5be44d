import { Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { costQuery, explanationQuery } from '../client/queries.ts';
import { formatCents, formatMicroCents } from '../format/money.ts';
import { skuName, unitsWords } from '../format/names.ts';
import { formatSecond } from '../format/time.ts';
import { Loading } from '../shell/loading.tsx';
import { Problem } from '../shell/problem.tsx';

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
      <Table aria-label="Bill" maw={480}>
        <Table.Tbody>
          {services.map(({ sku, units, cents }) => (
            <Table.Tr key={sku}>
              <Table.Th scope="row" fw={400}>
                {skuName(sku)} ({unitsWords(sku, units)})
              </Table.Th>
              <Table.Td ta="right">{formatCents(cents)}</Table.Td>
            </Table.Tr>
          ))}
          <Table.Tr>
            <Table.Th scope="row" fw={400}>
              Together
            </Table.Th>
            <Table.Td ta="right">{formatCents(subtotalCents)}</Table.Td>
          </Table.Tr>
          <Table.Tr>
            <Table.Th scope="row" fw={400}>
              Card fee
            </Table.Th>
            <Table.Td ta="right">{formatCents(stripeFeeCents)}</Table.Td>
          </Table.Tr>
          <Table.Tr>
            <Table.Th scope="row">Total</Table.Th>
            <Table.Td ta="right" fw={700}>
              {formatCents(totalCostCents)}
            </Table.Td>
          </Table.Tr>
        </Table.Tbody>
      </Table>
      {isOver && <Why callId={callId} />}
      <Title order={2} size="h4">
        Every cost event
      </Title>
      <Table.ScrollContainer minWidth={560}>
        <Table aria-label="Cost events">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>When</Table.Th>
              <Table.Th>What</Table.Th>
              <Table.Th>From</Table.Th>
              <Table.Th ta="right">Units</Table.Th>
              <Table.Th ta="right">Amount</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {events.map((event) => (
              <Table.Tr key={event.seq}>
                <Table.Td>{formatSecond(event.at)}</Table.Td>
                <Table.Td>{skuName(event.sku)}</Table.Td>
                <Table.Td>{event.vendor}</Table.Td>
                <Table.Td ta="right">{unitsWords(event.sku, event.units)}</Table.Td>
                <Table.Td ta="right">{formatMicroCents(event.retailMicroCents)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
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
