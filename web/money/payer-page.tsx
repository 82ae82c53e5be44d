import { Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { z } from 'zod';
import type { PayerShape } from '../../server/http/shapes/money.ts';
import { change } from '../client/http.ts';
import { formatCents } from '../format/money.ts';
import { formatMoment } from '../format/time.ts';
import { Confirm } from '../shell/confirm.tsx';
import { Loaded } from '../shell/loaded.tsx';
import { Notice } from '../shell/notice.tsx';
import { PageTitle } from '../shell/page-title.tsx';
import { tell, tellProblem } from '../shell/tell.ts';
import { MandatesTable } from './mandates-table.tsx';
import { PaymentsTable } from './payments-table.tsx';
import { payerQuery } from './queries.ts';

/** One payer, for admins. */
export function PayerPage() {
  const { payerId } = useParams({ from: '/shell/payers/$payerId' });
  const found = useQuery(payerQuery(payerId));
  return (
    <Loaded of={found}>
      {({ payer, mandates, payments }) => (
        <Stack>
          <Stack gap={0}>
            <PageTitle>{payer.displayName}</PageTitle>
            <Text c="dimmed">
              {payer.phoneNumber ?? 'No number'}; {payer.hasCard ? 'a card is saved' : 'no card is saved'};{' '}
              {formatCents(payer.paidCents)} paid, {formatCents(payer.heldCents)} held now
            </Text>
          </Stack>
          {payer.blockedAt !== null && <Blocked payer={payer} blockedAt={payer.blockedAt} />}
          <Title order={2} size="h4">
            What they said yes to beforehand
          </Title>
          <MandatesTable mandates={mandates} />
          <Title order={2} size="h4">
            Calls that they were asked about
          </Title>
          <PaymentsTable payments={payments} ofOne />
        </Stack>
      )}
    </Loaded>
  );
}

function Blocked({ payer, blockedAt }: { payer: PayerShape; blockedAt: string }) {
  const queryClient = useQueryClient();
  const unblock = useMutation({
    mutationFn: () => change(z.unknown(), 'POST', `/api/payers/${payer.id}/unblock`),
    onSuccess: () => {
      tell(`${payer.displayName} can approve calls again.`);
      return queryClient.invalidateQueries({ queryKey: ['payers'] });
    },
    onError: tellProblem,
  });
  return (
    <Notice tone="attention" title={`Blocked since ${formatMoment(blockedAt)}: ${payer.blockedReason ?? ''}`}>
      <Stack align="flex-start" gap="xs">
        <Text>No call can be approved. Look at the dispute before you change that.</Text>
        <Confirm
          action="Let them approve calls again"
          title={`Unblock ${payer.displayName}?`}
          detail="The next call can be held on their card again."
          onConfirm={() => unblock.mutate()}
        />
      </Stack>
    </Notice>
  );
}
