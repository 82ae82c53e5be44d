import Stripe from 'stripe';

/** What Stripe's answers mean to us, whatever the SDK makes of them. */

/** What Stripe says of a payment intent, as far as a hold is concerned. */
export interface IntentView {
  id: string;
  status: Stripe.PaymentIntent.Status;
  amountCents: number;
  capturableCents: number;
  receivedCents: number;
  currency: string;
  isManual: boolean;
  customerId: string | null;
  paymentMethodId: string | null;
  captureBefore: Date | null;
  /** What Stripe kept of the capture, once it has booked it. */
  feeCents: number | null;
  declineCode: string | null;
  /** Where the payer's bank asks them; null when it does not. */
  bankUrl: string | null;
  holdId: string | null;
}

/** How a request that changes something did not succeed. */
export type Failure =
  /** Stripe answered no. */
  | { kind: 'refused'; code: string; declineCode: string | null }
  /** Stripe answered with an error of its own: it may or may not have happened, and this key will never say. */
  | { kind: 'failed' }
  /** No answer: it may or may not have happened, and the same key may be asked again. */
  | { kind: 'unknown' };

/** The intent comes with a refusal where Stripe told it. */
export type Outcome =
  | { kind: 'done'; intent: IntentView }
  | (Extract<Failure, { kind: 'refused' }> & { intent: IntentView | null })
  | Exclude<Failure, { kind: 'refused' }>;

export type RefundOutcome = { kind: 'done'; stripeRefundId: string } | Failure;

/** A refund as Stripe has it. */
export interface RefundView {
  id: string;
  /** Our name for it; null for one that was made in Stripe's dashboard. */
  ourId: string | null;
  amountCents: number;
  hasFailed: boolean;
}

/** A payer's bank wants a payment back. */
export interface DisputeView {
  id: string;
  intentId: string | null;
  amountCents: number;
  /** What Stripe charges for the dispute itself. */
  feeCents: number;
  reason: string;
  state: 'open' | 'won' | 'lost';
}

export function disputeView(dispute: Stripe.Dispute): DisputeView {
  return {
    id: dispute.id,
    intentId: idOf(dispute.payment_intent),
    amountCents: dispute.amount,
    feeCents: dispute.balance_transactions.reduce((sum, { fee }) => sum + fee, 0),
    reason: dispute.reason,
    state: disputeState(dispute.status),
  };
}

/** An inquiry that is closed, or prevented, took nothing. */
function disputeState(status: string): DisputeView['state'] {
  if (status === 'lost') return 'lost';
  return status === 'won' || status === 'warning_closed' || status === 'prevented' ? 'won' : 'open';
}

/** How Stripe said no, or that it did not say anything. @throws what is not Stripe's. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  if (error instanceof Stripe.errors.StripeConnectionError) return { kind: 'unknown' };
  const { statusCode = 500, code = '', decline_code: declineCode = null } = error;
  if (statusCode >= 500) return { kind: 'failed' };
  if (statusCode === 409 || statusCode === 429) return { kind: 'unknown' };
  return { kind: 'refused', code, declineCode };
}

export function viewOf(intent: Stripe.PaymentIntent): IntentView {
  const charge = typeof intent.latest_charge === 'object' ? intent.latest_charge : null;
  const balance = typeof charge?.balance_transaction === 'object' ? charge.balance_transaction : null;
  const captureBefore = charge?.payment_method_details?.card?.capture_before;
  return {
    id: intent.id,
    status: intent.status,
    amountCents: intent.amount,
    capturableCents: intent.amount_capturable,
    receivedCents: intent.amount_received,
    currency: intent.currency,
    isManual: intent.capture_method === 'manual',
    customerId: idOf(intent.customer),
    paymentMethodId: idOf(intent.payment_method),
    captureBefore: captureBefore === undefined ? null : new Date(captureBefore * 1_000),
    feeCents: balance?.fee ?? null,
    declineCode: intent.last_payment_error?.decline_code ?? null,
    bankUrl: intent.next_action?.redirect_to_url?.url ?? null,
    holdId: intent.metadata.hold_id ?? null,
  };
}

/** Stripe gives an id, or the object where it was asked to expand it. */
export function idOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return (value as { id?: string } | null)?.id ?? null;
}
