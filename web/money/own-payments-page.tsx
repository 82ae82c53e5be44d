import { Anchor, Button, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { MandateShape, PaymentShape } from '../../server/http/shapes/money.ts';
import { formatCents } from '../format/money.ts';
import { personaName } from '../format/names.ts';
import { formatMoment } from '../format/time.ts';
import { Confirm } from '../shell/confirm.tsx';
import { Figures } from '../shell/figures.tsx';
import { Loaded } from '../shell/loaded.tsx';
import { Notice } from '../shell/notice.tsx';
import { PageTitle } from '../shell/page-title.tsx';
import { type Column, Rows } from '../shell/rows.tsx';
import { useChange } from '../shell/use-change.ts';
import { MandatesTable } from './mandates-table.tsx';
import { answerWords, holdWords, settlementWords } from './money-words.ts';
import { ownPaymentsQuery } from './queries.ts';
import { Receipt } from './receipt.tsx';

/** So often it is looked again while a call goes on. */
const LIVE_MS = 2_000;

/** What somebody pays for: cards, yeses, calls, receipts; and taking it back. */
export function OwnPaymentsPage() {
  const found = useQuery({
    ...ownPaymentsQuery,
    refetchInterval: ({ state: { data } }) => (data?.payments.some(isOpen) ? LIVE_MS : false),
  });
  return (
    <Stack>
      <PageTitle>What I pay for</PageTitle>
      <Loaded of={found}>
        {({ heldCents, paidCents, payers, mandates, payments }) =>
          payers.length === 0 ? (
            <Text c="dimmed">
              Nobody has asked you to pay for a call. Who does sends you a link by text; what you answer, and
              what it costs, is here then.
            </Text>
          ) : (
            <Stack>
              <Figures
                figures={[
                  { label: 'Held now', value: formatCents(heldCents) },
                  { label: 'Paid', value: formatCents(paidCents) },
                ]}
              />
              {payers.some(({ blockedAt }) => blockedAt !== null) && (
                <Notice tone="attention" title="You cannot approve calls at present.">
                  A dispute about an earlier payment is open. Ask the house.
                </Notice>
              )}
              <Card hasCard={payers.some(({ hasCard }) => hasCard)} />
              <Title order={2} size="h4">
                What I said yes to beforehand
              </Title>
              <MandatesTable mandates={mandates} action={(mandate) => <RevokeMandate mandate={mandate} />} />
              <Title order={2} size="h4">
                Calls
              </Title>
              <OwnPayments payments={payments} />
            </Stack>
          )
        }
      </Loaded>
    </Stack>
  );
}

function Card({ hasCard }: { hasCard: boolean }) {
  const changing = useChange(ownPaymentsQuery.queryKey);
  if (!hasCard) return <Text c="dimmed">No card of yours is saved.</Text>;
  return (
    <Group>
      <Text>A card of yours is saved with Stripe, for the calls that you said yes to.</Text>
      <Confirm
        action="Forget my card"
        title="Forget your card?"
        detail="Nothing more can be held on it. Calls that you said yes to beforehand are not made until you leave a card again."
        onConfirm={() =>
          changing.mutate({ method: 'DELETE', path: '/api/user/card', done: 'Your card is forgotten.' })
        }
      />
    </Group>
  );
}

function RevokeMandate({ mandate: { id, state, callee } }: { mandate: MandateShape }) {
  const changing = useChange(ownPaymentsQuery.queryKey);
  if (state !== 'approved') return null;
  return (
    <Confirm
      action="Take it back"
      title="Take your yes back?"
      detail={`No further call to ${callee} is made at your expense; one that goes on ends with a goodbye.`}
      onConfirm={() =>
        changing.mutate({
          method: 'POST',
          path: `/api/user/mandates/${id}/revoke`,
          done: 'No further call is made at your expense.',
        })
      }
    />
  );
}

const COLUMNS: ReadonlyArray<Column<PaymentShape>> = [
  { name: 'Asked', cell: ({ askedAt }) => formatMoment(askedAt) },
  { name: 'For', cell: ({ persona, callee }) => `${personaName(persona)} and ${callee}` },
  { name: 'At most', cell: ({ capCents }) => formatCents(capCents), isFigure: true },
  { name: 'Answer', cell: answerWords },
  { name: 'Hold', cell: ({ hold }) => holdWords(hold) },
  { name: 'Taken', cell: ({ settlement }) => settlementWords(settlement) },
];

function OwnPayments({ payments }: { payments: readonly PaymentShape[] }) {
  const [shown, setShown] = useState<string | null>(null);
  const changing = useChange(ownPaymentsQuery.queryKey);
  const actions: Column<PaymentShape> = {
    name: 'More',
    cell: (payment) => (
      <Group gap="xs" wrap="nowrap">
        {hasReceipt(payment) && (
          <Button
            variant="default"
            size="xs"
            aria-expanded={shown === payment.callId}
            onClick={() => setShown(shown === payment.callId ? null : payment.callId)}
          >
            {payment.callState === 'live' ? 'So far' : 'Receipt'}
          </Button>
        )}
        {isOpen(payment) && (
          <Confirm
            action="Take it back"
            title="Take your yes back?"
            detail="The call is not made; if it goes on already, it ends with a goodbye, and costs what it has cost until then."
            onConfirm={() =>
              changing.mutate({
                method: 'POST',
                path: `/api/user/payments/${payment.callId}/revoke`,
                done: 'You took your yes back.',
              })
            }
          />
        )}
      </Group>
    ),
  };
  const open = payments.find(({ callId }) => callId === shown);
  return (
    <Stack>
      <Rows
        label="Calls that I pay for"
        rows={payments}
        columns={[...COLUMNS, actions]}
        keyOf={({ callId }) => callId}
        none="None yet."
        minWidth={820}
      />
      {open !== undefined && <Receipt payment={open} />}
      <Text size="sm" c="dimmed">
        What is said in these calls is between those who talk; you see what it costs.{' '}
        <Anchor href="/app/">Today</Anchor>
      </Text>
    </Stack>
  );
}

function isOpen({ state, callState }: PaymentShape): boolean {
  return state === 'approved' && callState !== 'ended';
}

function hasReceipt({ callState, settlement }: PaymentShape): boolean {
  return callState === 'live' || settlement !== null;
}
