import type { PaymentShape } from '../../server/http/shapes/money.ts';
import { formatCents } from '../format/money.ts';

const ASKED: Readonly<Record<PaymentShape['state'], string>> = {
  offered: 'not answered yet',
  approved: 'approved',
  declined: 'declined',
  revoked: 'taken back',
};

/** What a payer has answered. */
export function answerWords({ state, validUntil }: Pick<PaymentShape, 'state' | 'validUntil'>): string {
  return state === 'offered' && Date.parse(validUntil) < Date.now() ? 'never answered' : ASKED[state];
}

const HOLDS: Readonly<Record<NonNullable<PaymentShape['hold']>['state'], string>> = {
  awaiting_payer: 'waiting for the payer',
  held: 'held',
  releasing: 'being let go',
  released: 'let go',
  captured: 'taken from',
  lost: 'lost',
};

/** Where the hold of a call stands. */
export function holdWords(hold: PaymentShape['hold']): string {
  if (hold === null) return 'none';
  const declined =
    hold.declineCode === null ? '' : ` (the bank said ${hold.declineCode.replaceAll('_', ' ')})`;
  return `${formatCents(hold.amountCents)}, ${HOLDS[hold.state]}${declined}`;
}

/** What was taken in the end. */
export function settlementWords(settlement: PaymentShape['settlement']): string {
  if (settlement === null) return '';
  const { state, capturedCents, refundedCents, writtenOffCents, disputedAt } = settlement;
  const parts = [
    state === 'settling' ? 'being settled' : `${formatCents(capturedCents)} taken`,
    ...(refundedCents > 0 ? [`${formatCents(refundedCents)} given back`] : []),
    ...(writtenOffCents > 0 ? [`${formatCents(writtenOffCents)} written off`] : []),
    ...(disputedAt === null ? [] : ['disputed']),
  ];
  return parts.join(', ');
}
