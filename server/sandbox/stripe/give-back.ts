import { StripeError } from './errors.ts';
import type { StripeLedger } from './ledger.ts';
import type { BalanceTransaction, Charge, Dispute, Refund } from './objects.ts';

/** Gives back what was captured, or a part of it. */
export function refund(
  ledger: StripeLedger,
  charge: Charge,
  amount: number | undefined,
  values: Pick<Refund, 'reason' | 'metadata'>,
): Refund {
  const released = charge.amount - charge.amount_captured;
  const left = charge.amount_captured - (charge.amount_refunded - released);
  const wanted = amount ?? left;
  if (!charge.captured || left === 0)
    throw new StripeError(400, 'invalid_request_error', `Charge ${charge.id} has already been refunded.`, {
      code: 'charge_already_refunded',
    });
  if (wanted > left || wanted <= 0)
    throw new StripeError(
      400,
      'invalid_request_error',
      `Refund amount ($${wanted / 100}) is greater than unrefunded amount on charge ($${left / 100})`,
      { param: 'amount' },
    );
  const made: Refund = {
    object: 'refund',
    id: ledger.newId('re'),
    created: ledger.nowS,
    amount: wanted,
    currency: charge.currency,
    charge: charge.id,
    payment_intent: charge.payment_intent,
    status: 'succeeded',
    ...values,
  };
  ledger.refunds.set(made.id, made);
  charge.amount_refunded += wanted;
  charge.refunded = wanted === left;
  ledger.emit('refund.created', made);
  ledger.emit('charge.refunded', charge);
  return made;
}

/** The payer's bank takes a charge back until it is decided who is right. */
export function dispute(ledger: StripeLedger, charge: Charge): Dispute {
  const made: Dispute = {
    object: 'dispute',
    id: ledger.newId('du'),
    created: ledger.nowS,
    amount: charge.amount_captured,
    currency: charge.currency,
    charge: charge.id,
    payment_intent: charge.payment_intent,
    reason: 'fraudulent',
    status: 'needs_response',
    balance_transactions: [withdrawal(ledger, charge)],
  };
  ledger.disputes.set(made.id, made);
  charge.disputed = true;
  ledger.emit('charge.dispute.created', made);
  return made;
}

/** Source: a real event of a US account shows a fee of 1,500 cents. */
const DISPUTE_FEE_CENTS = 1_500;

function withdrawal(ledger: StripeLedger, { id, amount_captured, currency }: Charge): BalanceTransaction {
  return {
    object: 'balance_transaction',
    id: ledger.newId('txn'),
    amount: -amount_captured,
    fee: DISPUTE_FEE_CENTS,
    net: -amount_captured - DISPUTE_FEE_CENTS,
    currency,
    source: id,
  };
}

/** The bank has decided. */
export function closeDispute(ledger: StripeLedger, closed: Dispute, status: 'won' | 'lost'): void {
  closed.status = status;
  ledger.emit('charge.dispute.closed', closed);
}

/** The card's network takes a charge for fraud. */
export function warnOfFraud(ledger: StripeLedger, charge: Charge): void {
  ledger.emit('radar.early_fraud_warning.created', {
    object: 'radar.early_fraud_warning',
    id: ledger.newId('issfr'),
    created: ledger.nowS,
    actionable: true,
    charge: charge.id,
    fraud_type: 'unauthorized_use_of_card',
    payment_intent: charge.payment_intent,
  });
}
