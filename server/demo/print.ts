import type { FeedEvent } from '../call/feed.ts';
import type { TranscriptTurn } from '../call/journal.ts';
import { formatTime } from '../commands/replay.ts';
import type { Bill, ServiceLine } from '../cost/bill.ts';
import { formatCents } from '../cost/money.ts';
import { SKUS } from '../cost/skus.ts';
import { waterfall } from './waterfall.ts';

/** So much of a service, as people count it. */
function quantity(sku: ServiceLine['sku'], units: number): string {
  const { unit } = SKUS[sku];
  return unit === 'milliseconds' ? `${(units / 1_000).toFixed(1)} s` : `${units} ${unit}`;
}

/** An event of a call as a person reads it; empty when there is nothing to tell. */
export function printFeedEvent(event: FeedEvent, calleeName: string): string {
  switch (event.type) {
    case 'state':
      return `         (${event.state})`;
    case 'tool':
      return `         (uses ${event.name})`;
    case 'turn':
      return `${formatTime(event.turn.atMs)}  ${(event.turn.speaker === 'caller' ? calleeName : 'Brad').padEnd(6)} ${event.turn.text}${event.turn.interrupted ? ' —' : ''}${notes(event.turn, event.totalCents)}`;
    case 'budget':
      return `         (${event.level === 'warn' ? 'the budget runs low' : 'the budget is used up'}: ${formatCents(event.spentCents)} of ${formatCents(event.capCents)})`;
    case 'ended':
      return `         (ended: ${event.reason})`;
    case 'bill':
      return `\n${receipt(event.bill)}`;
    default:
      return event satisfies never;
  }
}

function notes(turn: TranscriptTurn, totalCents: number): string {
  if (turn.speaker === 'caller') return '';
  const bar = turn.timings === null ? '' : waterfall(turn.timings);
  const parts = [
    ...(turn.interrupted ? ['interrupted: only what was heard is kept'] : []),
    `${formatCents(totalCents)} so far`,
  ];
  return `${bar === '' ? '' : `\n                 ${bar}`}\n                 [${parts.join('; ')}]`;
}

/** The receipt by service, without those that cost nothing; its lines add up to the subtotal. */
export function receipt(bill: Omit<Bill, 'vendorMicroCents'>): string {
  const lines = bill.services
    .filter(({ cents }) => cents > 0)
    .map(({ sku, units, requests, cents }) => {
      return `  ${SKUS[sku].name.padEnd(24)} ${quantity(sku, Number(units)).padStart(18)} ${`${requests} ${requests === 1 ? 'request' : 'requests'}`.padStart(14)} ${formatCents(cents).padStart(9)}`;
    });
  const total = (label: string, cents: number) => `  ${label.padEnd(58)} ${formatCents(cents).padStart(9)}`;
  return [
    'Receipt',
    ...lines,
    total('Subtotal', bill.subtotalCents),
    total('Card fee (2.9 % + 30 c)', bill.stripeFeeCents),
    total('Total', bill.totalCostCents),
  ].join('\n');
}
