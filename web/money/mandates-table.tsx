import type { ReactNode } from 'react';
import type { MandateShape } from '../../server/http/shapes/money.ts';
import { formatCents } from '../format/money.ts';
import { formatMoment } from '../format/time.ts';
import { type Column, Rows } from '../shell/rows.tsx';
import { answerWords } from './money-words.ts';

const COLUMNS: ReadonlyArray<Column<MandateShape>> = [
  { name: 'Asked', cell: ({ createdAt }) => formatMoment(createdAt) },
  { name: 'For calls to', cell: ({ callee }) => callee },
  { name: 'A call at most', cell: ({ perCallCents }) => formatCents(perCallCents), isFigure: true },
  { name: 'A month at most', cell: ({ perMonthCents }) => formatCents(perMonthCents), isFigure: true },
  { name: 'Until', cell: ({ validUntil }) => formatMoment(validUntil) },
  { name: 'Answer', cell: answerWords },
];

/** What a payer was asked beforehand. @param action what can be done about one. */
export function MandatesTable({
  mandates,
  action,
}: {
  mandates: readonly MandateShape[];
  action?: (mandate: MandateShape) => ReactNode;
}) {
  return (
    <Rows
      label="Mandates"
      rows={mandates}
      columns={action === undefined ? COLUMNS : [...COLUMNS, { name: 'Change', cell: action }]}
      keyOf={({ id }) => id}
      none="Nothing."
      minWidth={720}
    />
  );
}
