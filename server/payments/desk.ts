import type { Router } from 'express';
import type { Database } from '../../db/connection.ts';
import type { Clock } from '../clock.ts';
import { describeError } from '../errors.ts';
import type { Job, Sweep } from '../jobs/runner.ts';
import type { Logger } from '../log.ts';
import { Approvals } from './approvals.ts';
import { Disputes } from './disputes.ts';
import { Holds, REFUND_JOB } from './holds.ts';
import { HOLD_JOB, holdNow, holdWithinMandate } from './mandate-holds.ts';
import { Mandates, SETUP_JOB } from './mandates.ts';
import { PayerAccounts } from './payer-account.ts';
import { moneySweeps } from './reconciler.ts';
import { Refunds } from './refunds.ts';
import { SETTLE_JOB, Settlements } from './settlement.ts';
import { openStripe, type StripeAccount } from './stripe-account.ts';
import { StripeGateway } from './stripe-client.ts';
import { StripeEvents } from './stripe-events.ts';
import { StripePages } from './stripe-pages.ts';
import { DISPUTE_JOB, FRAUD_JOB, OBSERVE_JOB, REFUNDS_JOB, stripeWebhook } from './webhook.ts';

export interface PaymentsParts {
  db: Database;
  stripe: StripeAccount;
  webhookSecret: string | null;
  /** Asks Stripe for a secret when none is configured: for stand-ins, which know no dashboard. */
  registersWebhook: boolean;
  publicBaseUrl: string;
  calls: {
    /** Before money is held: whether the call could be made now. Throws when not. */
    assertMayRing(callId: string): Promise<void>;
    revoke(callId: string): void;
  };
  clock: Clock;
  log: Logger;
}

/** Everything about payers' money, put together. */
export interface Payments {
  approvals: Approvals;
  mandates: Mandates;
  disputes: Disputes;
  refunds: Refunds;
  accounts: PayerAccounts;
  /** Holds a mandate's money for a call, within seconds or not at all. */
  holdNow(callId: string): Promise<boolean>;
  webhook: Router;
  jobs: Readonly<Record<string, Job>>;
  sweeps: readonly Sweep[];
  /** Has Stripe send its events, where that is ours to ask. */
  listen(): Promise<void>;
}

export const STRIPE_WEBHOOK_PATH = '/stripe/webhook';

export function openPayments(parts: PaymentsParts): Payments {
  const { db, publicBaseUrl, calls, clock, log } = parts;
  const stripe = openStripe(parts.stripe);
  const gateway = new StripeGateway(stripe);
  const pages = new StripePages(stripe);
  const events = new StripeEvents(stripe);
  const settlements = new Settlements({ db, gateway, pages, log });
  const holds = new Holds({ db, gateway, settlements, log });
  const refunds = new Refunds({ db, gateway });
  const onRevoked = (callId: string) => calls.revoke(callId);
  const disputes = new Disputes({ db, gateway, onRevoked });
  const mandates = new Mandates({ db, gateway, pages, publicBaseUrl, onRevoked });
  let secret = parts.webhookSecret;
  const approvals = new Approvals({
    db,
    gateway,
    pages,
    publicBaseUrl,
    onRevoked,
    assertMayRing: (callId) => calls.assertMayRing(callId),
  });
  return {
    approvals,
    mandates,
    accounts: new PayerAccounts({ db, gateway, approvals, mandates }),
    disputes,
    refunds,
    holdNow: (callId) => holdNow({ db, gateway, clock }, callId),
    webhook: stripeWebhook({ db, events, secret: () => secret, log }),
    jobs: {
      [OBSERVE_JOB]: ({ intentId = '' }) => holds.observe(intentId),
      [DISPUTE_JOB]: ({ disputeId = '' }) => disputes.observe(disputeId),
      [FRAUD_JOB]: ({ intentId = '' }) => disputes.onFraudWarning(intentId),
      [REFUNDS_JOB]: ({ intentId = '' }) => refunds.observe(intentId),
      [SETUP_JOB]: ({ sessionId = '' }) => mandates.observeSetup(sessionId),
      [HOLD_JOB]: async ({ callId = '' }) => {
        await holdWithinMandate({ db, gateway }, callId);
      },
      [SETTLE_JOB]: ({ callId = '' }) => settlements.settle(callId),
      [REFUND_JOB]: ({ refundId = '' }) => refunds.carryOut(refundId),
    },
    sweeps: moneySweeps({ db, gateway, events, wallMs: () => clock.wallMs() }),
    async listen() {
      if (secret !== null) return;
      try {
        if (parts.registersWebhook)
          secret = await events.registerWebhook(publicBaseUrl + STRIPE_WEBHOOK_PATH);
        else
          log.warn(
            'without STRIPE_WEBHOOK_SECRET no event of Stripe is believed; holds are found by sweeps only',
          );
      } catch (error) {
        log.warn(
          { problem: describeError(error) },
          'Stripe does not send its events; holds are found by sweeps only',
        );
      }
    },
  };
}
