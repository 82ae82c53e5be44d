import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { PaymentShape } from '../../server/http/shapes/money.ts';
import { formatCents } from '../format/money.ts';
import { personaName } from '../format/names.ts';
import { formatMoment } from '../format/time.ts';
import { type Column, Rows } from '../shell/rows.tsx';
import { answerWords, holdWords, settlementWords } from './money-words.ts';

const WHEN: Column<PaymentShape> = {
  name: 'Asked',
  cell: ({ callId, askedAt }) => (
    <Anchor component={Link} to={`/calls/${callId}`}>
      {formatMoment(askedAt)}
    </Anchor>
  ),
};
const PAYER: Column<PaymentShape> = {
  name: 'Payer',
  cell: ({ payerId, payer }) => (
    <Anchor component={Link} to={`/payers/${payerId}`}>
      {payer}
    </Anchor>
  ),
};
const REST: ReadonlyArray<Column<PaymentShape>> = [
  { name: 'For', cell: ({ persona, callee }) => `${personaName(persona)} and ${callee}` },
  { name: 'At most', cell: ({ capCents }) => formatCents(capCents), isFigure: true },
  { name: 'Answer', cell: answerWords },
  { name: 'Hold', cell: ({ hold }) => holdWords(hold) },
  { name: 'Taken', cell: ({ settlement }) => settlementWords(settlement) },
];

/** Calls that somebody pays for, with what became of the money. @param ofOne whether they are all of one payer. */
export function PaymentsTable({ payments, ofOne }: { payments: readonly PaymentShape[]; ofOne: boolean }) {
  return (
    <Rows
      label="Payments"
      rows={payments}
      columns={ofOne ? [WHEN, ...REST] : [WHEN, PAYER, ...REST]}
      keyOf={({ callId }) => callId}
      none="Nobody was asked to pay for a call yet."
      minWidth={820}
    />
  );
}
