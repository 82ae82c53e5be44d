import type { Card } from './cards.ts';

/** Stripe's objects, as far as anybody here reads them. Times are seconds since the epoch, amounts are cents. */

export type Metadata = Record<string, string>;

export interface Customer {
  object: 'customer';
  id: string;
  created: number;
  name: string | null;
  email: string | null;
  phone: string | null;
  metadata: Metadata;
}

export interface PaymentMethod {
  object: 'payment_method';
  id: string;
  type: 'card';
  customer: string | null;
  card: { brand: Card['brand']; last4: string };
}

export type IntentStatus =
  | 'requires_payment_method'
  | 'requires_confirmation'
  | 'requires_action'
  | 'requires_capture'
  | 'succeeded'
  | 'canceled';

export interface PaymentIntent {
  object: 'payment_intent';
  id: string;
  created: number;
  amount: number;
  amount_capturable: number;
  amount_received: number;
  currency: string;
  customer: string | null;
  payment_method: string | null;
  capture_method: 'automatic' | 'automatic_async' | 'manual';
  status: IntentStatus;
  cancellation_reason: string | null;
  canceled_at: number | null;
  latest_charge: string | null;
  last_payment_error: Record<string, unknown> | null;
  next_action: { type: 'redirect_to_url'; redirect_to_url: { url: string; return_url: string } } | null;
  setup_future_usage: 'off_session' | 'on_session' | null;
  description: string | null;
  metadata: Metadata;
  client_secret: string;
}

export interface Charge {
  object: 'charge';
  id: string;
  created: number;
  amount: number;
  amount_captured: number;
  amount_refunded: number;
  captured: boolean;
  currency: string;
  customer: string | null;
  payment_intent: string;
  payment_method_details: { type: 'card'; card: { brand: string; last4: string; capture_before: number } };
  balance_transaction: string | null;
  disputed: boolean;
  refunded: boolean;
  status: 'succeeded' | 'failed';
}

export interface BalanceTransaction {
  object: 'balance_transaction';
  id: string;
  amount: number;
  fee: number;
  net: number;
  currency: string;
  source: string;
}

export interface Refund {
  object: 'refund';
  id: string;
  created: number;
  amount: number;
  currency: string;
  charge: string;
  payment_intent: string;
  reason: string | null;
  status: 'succeeded' | 'failed';
  metadata: Metadata;
}

export interface Dispute {
  object: 'dispute';
  id: string;
  created: number;
  amount: number;
  currency: string;
  charge: string;
  payment_intent: string;
  reason: string;
  status: 'needs_response' | 'won' | 'lost';
  balance_transactions: BalanceTransaction[];
}

export interface SetupIntent {
  object: 'setup_intent';
  id: string;
  created: number;
  customer: string | null;
  payment_method: string | null;
  status: 'requires_payment_method' | 'requires_action' | 'succeeded' | 'canceled';
  metadata: Metadata;
}

export interface CheckoutSession {
  object: 'checkout.session';
  id: string;
  created: number;
  expires_at: number;
  mode: 'payment' | 'setup';
  status: 'open' | 'complete' | 'expired';
  /** `unpaid` while money is only held. */
  payment_status: 'unpaid' | 'paid' | 'no_payment_required';
  amount_total: number | null;
  currency: string | null;
  customer: string | null;
  client_reference_id: string | null;
  payment_intent: string | null;
  setup_intent: string | null;
  success_url: string;
  cancel_url: string | null;
  url: string | null;
  metadata: Metadata;
}

export interface StripeEvent {
  object: 'event';
  id: string;
  created: number;
  type: string;
  api_version: string;
  livemode: false;
  pending_webhooks: number;
  request: { id: null; idempotency_key: string | null };
  data: { object: object };
}

export interface WebhookEndpoint {
  object: 'webhook_endpoint';
  id: string;
  url: string;
  secret: string;
  enabled_events: string[];
}
