import { Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { PaymentShape } from '../../server/http/shapes/money.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Amounts } from './amounts.tsx';
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
          <Amounts
            label="Receipt"
            lines={[
              ...services.map(({ service, cents }) => ({ name: service, cents })),
              { name: 'Together', cents: subtotalCents },
              { name: 'Card fee', cents: cardFeeCents },
            ]}
            total={totalCents}
          />
          {settlement !== null && <Text>{settlementWords(settlement)}.</Text>}
        </Stack>
      )}
    </Loaded>
  );
}
