import { Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { PaymentShape } from '../../server/http/shapes/money.ts';
import { formatCents } from '../format/money.ts';
import { Loaded } from '../shell/loaded.tsx';
import { settlementWords } from './money-words.ts';
import { receiptQuery } from './queries.ts';

const LIVE_MS = 1_000;

/** What a call cost its payer, line by line; while it goes on, so far. */
export function Receipt({ payment: { callId, callee, settlement } }: { payment: PaymentShape }) {
  const found = useQuery({
    ...receiptQuery(callId),
    refetchInterval: ({ state: { data } }) => (data?.isFinal === true ? false : LIVE_MS),
  });
  return (
    <Loaded of={found}>
      {({ services, subtotalCents, cardFeeCents, totalCents, isFinal }) => (
        <Stack gap="xs" component="section" aria-label="Receipt">
          <Title order={3} size="h5">
            {isFinal ? 'Receipt' : 'So far'}: the call to {callee}
          </Title>
          <Table maw={420} aria-label="Receipt">
            <Table.Tbody>
              {services.map(({ service, cents }) => (
                <Line key={service} name={service} cents={cents} />
              ))}
              <Line name="Together" cents={subtotalCents} />
              <Line name="Card fee" cents={cardFeeCents} />
              <Line name="Total" cents={totalCents} isTotal />
            </Table.Tbody>
          </Table>
          {settlement !== null && <Text>{settlementWords(settlement)}.</Text>}
        </Stack>
      )}
    </Loaded>
  );
}

function Line({ name, cents, isTotal = false }: { name: string; cents: number; isTotal?: boolean }) {
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={isTotal ? 700 : 400}>
        {name}
      </Table.Th>
      <Table.Td ta="right" fw={isTotal ? 700 : 400}>
        {formatCents(cents)}
      </Table.Td>
    </Table.Tr>
  );
}
