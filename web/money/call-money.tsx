import { Button, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { z } from 'zod';
import type { PaymentShape, RefundShape } from '../../server/http/shapes/money.ts';
import { change } from '../client/http.ts';
import { formatCents } from '../format/money.ts';
import { formatMoment } from '../format/time.ts';
import { Dollars } from '../settings/dollars.tsx';
import { Loaded } from '../shell/loaded.tsx';
import { Problem } from '../shell/problem.tsx';
import { type Column, Rows } from '../shell/rows.tsx';
import { tell } from '../shell/tell.ts';
import { PaymentsTable } from './payments-table.tsx';
import { callMoneyQuery } from './queries.ts';

const REFUND_COLUMNS: ReadonlyArray<Column<RefundShape>> = [
  { name: 'When', cell: ({ createdAt }) => formatMoment(createdAt) },
  { name: 'Amount', cell: ({ amountCents }) => formatCents(amountCents), isFigure: true },
  { name: 'Why', cell: ({ reason }) => reason },
  {
    name: 'State',
    cell: ({ state }) =>
      ({ pending: 'on its way', succeeded: 'given back', failed: 'Stripe refused' })[state],
  },
];
const LOOK_AGAIN_MS = 1_000;

/** Of one call: who pays, what is held, what was taken, and giving it back. For admins. */
export function CallMoney({ callId }: { callId: string }) {
  const found = useQuery({
    ...callMoneyQuery(callId),
    refetchInterval: ({ state: { data } }) =>
      data?.refunds.some(({ state }) => state === 'pending') ? LOOK_AGAIN_MS : false,
  });
  return (
    <Loaded of={found}>
      {({ payment, refunds, refundableCents }) =>
        payment === null ? (
          <Text c="dimmed">The house pays for this call.</Text>
        ) : (
          <Stack>
            <PaymentsTable payments={[payment]} ofOne={false} />
            <Title order={2} size="h4">
              Given back
            </Title>
            <Rows
              label="Refunds"
              rows={refunds}
              columns={REFUND_COLUMNS}
              keyOf={({ id }) => id}
              none="Nothing."
            />
            {/* Anew for another amount: what is offered is all that is left. */}
            <GiveBack key={refundableCents} payment={payment} leftCents={refundableCents} />
          </Stack>
        )
      }
    </Loaded>
  );
}

function GiveBack({ payment: { callId, payer }, leftCents }: { payment: PaymentShape; leftCents: number }) {
  const queryClient = useQueryClient();
  const [amountCents, setAmountCents] = useState(leftCents);
  const [reason, setReason] = useState('');
  // One name for one wish, so that a second click, or one after a lost answer, gives back once.
  const [id, setId] = useState(() => crypto.randomUUID());
  const giveBack = useMutation({
    mutationFn: () =>
      change(z.unknown(), 'POST', `/api/calls/${callId}/refunds`, { id, amountCents, reason }),
    onSuccess: async () => {
      tell(`${formatCents(amountCents)} goes back to ${payer}.`);
      setId(crypto.randomUUID());
      setReason('');
      await queryClient.invalidateQueries({ queryKey: callMoneyQuery(callId).queryKey });
    },
  });
  if (leftCents <= 0) return null;
  const isTooMuch = !(amountCents >= 1 && amountCents <= leftCents);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        giveBack.mutate();
      }}
    >
      <Stack maw={420}>
        <Dollars
          label="Give back"
          description={`Up to ${formatCents(leftCents)}`}
          cents={amountCents}
          onChange={setAmountCents}
          error={isTooMuch ? 'amount' : undefined}
        />
        <TextInput
          label="Why"
          required
          maxLength={300}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {giveBack.isError && <Problem error={giveBack.error} />}
        <Group>
          <Button type="submit" loading={giveBack.isPending} disabled={isTooMuch || reason.trim() === ''}>
            Give {isTooMuch ? 'it' : formatCents(amountCents)} back to {payer}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
