import { z } from 'zod';

/** Payers, what they were asked, and what became of their money. Amounts are US cents, times UTC. */

const moment = z.iso.datetime();
const cents = z.number().int();

export const payerShape = z.object({
  id: z.uuid(),
  displayName: z.string(),
  phoneNumber: z.string().nullable(),
  hasCard: z.boolean(),
  blockedAt: moment.nullable(),
  blockedReason: z.string().nullable(),
  createdAt: moment,
  /** Of all their calls: what is held now, and what was taken and not given back. */
  heldCents: cents,
  paidCents: cents,
});
export type PayerShape = z.infer<typeof payerShape>;

export const holdShape = z.object({
  attempt: z.number().int(),
  state: z.enum(['awaiting_payer', 'held', 'releasing', 'released', 'captured', 'lost']),
  amountCents: cents,
  captureBefore: moment.nullable(),
  declineCode: z.string().nullable(),
});

export const settlementShape = z.object({
  state: z.enum(['settling', 'captured', 'released', 'hold_lost']),
  totalCents: cents,
  capturedCents: cents,
  writtenOffCents: cents,
  stripeFeeCents: cents.nullable(),
  refundedCents: cents,
  disputedAt: moment.nullable(),
  settledAt: moment.nullable(),
});

/** One call that somebody pays for: the question, the answer, the hold and what was taken. */
export const paymentShape = z.object({
  callId: z.uuid(),
  callee: z.string(),
  persona: z.string(),
  payerId: z.uuid(),
  payer: z.string(),
  mandateId: z.uuid().nullable(),
  capCents: cents,
  state: z.enum(['offered', 'approved', 'declined', 'revoked']),
  askedAt: moment,
  validUntil: moment,
  callState: z.enum(['planned', 'dialing', 'ringing', 'live', 'ended']),
  hold: holdShape.nullable(),
  settlement: settlementShape.nullable(),
});
export type PaymentShape = z.infer<typeof paymentShape>;

export const refundShape = z.object({
  id: z.uuid(),
  amountCents: cents,
  reason: z.string(),
  state: z.enum(['pending', 'succeeded', 'failed']),
  createdAt: moment,
});
export type RefundShape = z.infer<typeof refundShape>;

export const mandateShape = z.object({
  id: z.uuid(),
  callee: z.string(),
  textShown: z.string(),
  perCallCents: cents,
  perMonthCents: cents,
  state: z.enum(['offered', 'approved', 'declined', 'revoked']),
  validUntil: moment,
  createdAt: moment,
});
export type MandateShape = z.infer<typeof mandateShape>;

export const payersShape = z.object({ payers: z.array(payerShape) });
export const paymentsShape = z.object({ payments: z.array(paymentShape) });
export const payerDetailShape = z.object({
  payer: payerShape,
  mandates: z.array(mandateShape),
  payments: z.array(paymentShape),
});
/** Of one call; null where nobody was asked to pay for it. */
export const callMoneyShape = z.object({
  payment: paymentShape.nullable(),
  refunds: z.array(refundShape),
  refundableCents: cents,
});

/** What somebody who pays sees of it all, signed in with their number. */
export const payerAccountShape = z.object({
  /** Of all that they were asked for, under whatever name. */
  heldCents: cents,
  paidCents: cents,
  payers: z.array(payerShape),
  mandates: z.array(mandateShape),
  payments: z.array(paymentShape),
});

/** What a call cost its payer; while it goes on, so far. Nothing of what was said. */
export const receiptShape = z.object({
  callId: z.uuid(),
  isFinal: z.boolean(),
  services: z.array(z.object({ service: z.string(), cents })),
  subtotalCents: cents,
  cardFeeCents: cents,
  totalCents: cents,
});
export type ReceiptShape = z.infer<typeof receiptShape>;

export const disputeShape = z.object({
  id: z.string(),
  callId: z.uuid(),
  amountCents: cents,
  feeCents: cents,
  reason: z.string(),
  state: z.enum(['open', 'won', 'lost']),
  createdAt: moment,
  closedAt: moment.nullable(),
});
export const disputesShape = z.object({ disputes: z.array(disputeShape) });
