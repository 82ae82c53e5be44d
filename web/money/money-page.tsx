import { Anchor, Stack, Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { z } from 'zod';
import type { disputeShape, PayerShape } from '../../server/http/shapes/money.ts';
import { formatCents } from '../format/money.ts';
import { formatMoment } from '../format/time.ts';
import { Loaded } from '../shell/loaded.tsx';
import { PageTitle } from '../shell/page-title.tsx';
import { type Column, Rows } from '../shell/rows.tsx';
import { AskPayer } from './ask-payer.tsx';
import { PaymentsTable } from './payments-table.tsx';
import { disputesQuery, payersQuery, paymentsQuery } from './queries.ts';

/** Who pays, for what, and what became of it. */
export function MoneyPage() {
  return (
    <Stack>
      <PageTitle>Money</PageTitle>
      <Tabs defaultValue="payments" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="payments">Payments</Tabs.Tab>
          <Tabs.Tab value="payers">Payers</Tabs.Tab>
          <Tabs.Tab value="ask">Ask somebody to pay</Tabs.Tab>
          <Tabs.Tab value="disputes">Disputes</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="payments" pt="md">
          <Payments />
        </Tabs.Panel>
        <Tabs.Panel value="payers" pt="md">
          <Payers />
        </Tabs.Panel>
        <Tabs.Panel value="ask" pt="md">
          <AskPayer />
        </Tabs.Panel>
        <Tabs.Panel value="disputes" pt="md">
          <Disputes />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

function Payments() {
  const found = useQuery(paymentsQuery);
  return <Loaded of={found}>{({ payments }) => <PaymentsTable payments={payments} ofOne={false} />}</Loaded>;
}

const PAYER_COLUMNS: ReadonlyArray<Column<PayerShape>> = [
  {
    name: 'Name',
    cell: ({ id, displayName }) => (
      <Anchor component={Link} to={`/payers/${id}`}>
        {displayName}
      </Anchor>
    ),
  },
  { name: 'Number', cell: ({ phoneNumber }) => phoneNumber ?? 'none' },
  { name: 'Card', cell: ({ hasCard }) => (hasCard ? 'saved' : 'none') },
  { name: 'Held now', cell: ({ heldCents }) => formatCents(heldCents), isFigure: true },
  { name: 'Paid', cell: ({ paidCents }) => formatCents(paidCents), isFigure: true },
  { name: 'Blocked', cell: ({ blockedReason }) => blockedReason ?? '' },
];

function Payers() {
  const found = useQuery(payersQuery);
  return (
    <Loaded of={found}>
      {({ payers }) => (
        <Rows
          label="Payers"
          rows={payers}
          columns={PAYER_COLUMNS}
          keyOf={({ id }) => id}
          none="Nobody pays yet: a payer is there with the first call that they are asked to pay for."
          minWidth={640}
        />
      )}
    </Loaded>
  );
}

type DisputeShape = z.infer<typeof disputeShape>;

const DISPUTE_COLUMNS: ReadonlyArray<Column<DisputeShape>> = [
  {
    name: 'Since',
    cell: ({ callId, createdAt }) => (
      <Anchor component={Link} to={`/calls/${callId}`}>
        {formatMoment(createdAt)}
      </Anchor>
    ),
  },
  { name: 'Why', cell: ({ reason }) => reason.replaceAll('_', ' ') },
  { name: 'Amount', cell: ({ amountCents }) => formatCents(amountCents), isFigure: true },
  { name: 'Stripe’s fee', cell: ({ feeCents }) => formatCents(feeCents), isFigure: true },
  { name: 'State', cell: ({ state }) => state },
];

function Disputes() {
  const found = useQuery(disputesQuery);
  return (
    <Loaded of={found}>
      {({ disputes }) => (
        <Rows
          label="Disputes"
          rows={disputes}
          columns={DISPUTE_COLUMNS}
          keyOf={({ id }) => id}
          none="No bank has taken a payment back."
        />
      )}
    </Loaded>
  );
}
