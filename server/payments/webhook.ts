import { eq } from 'drizzle-orm';
import express, { Router } from 'express';
import type { Actor, Database } from '../../db/connection.ts';
import { addJob } from '../../db/job-queue.ts';
import { stripeEvents } from '../../db/schema/index.ts';
import { describeError, RingbackError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { SETUP_JOB } from './mandates.ts';
import type { StripeEvents, StripeNotice } from './stripe-events.ts';

export const OBSERVE_JOB = 'observe-intent';
export const DISPUTE_JOB = 'dispute';
export const FRAUD_JOB = 'fraud-warning';
export const REFUNDS_JOB = 'observe-refunds';

export interface StripeWebhookParts {
  db: Database;
  events: StripeEvents;
  /** The secret that events are signed with, once it is known. */
  secret(): string | null;
  log: Logger;
}

const BODY_LIMIT = '256kb';
const SYSTEM: Actor = { kind: 'system', purpose: 'take an event of Stripe' };

/**
 * POST /stripe/webhook. An event only says where to look: it is checked, noted once, and turned into a job in the
 * same transaction; what it claims is not believed.
 */
export function stripeWebhook({ db, events, secret, log }: StripeWebhookParts): Router {
  const router = Router();
  // The signature covers the raw bytes: no parser may stand before this.
  router.post('/', express.raw({ type: () => true, limit: BODY_LIMIT }), async (request, response) => {
    let notice: StripeNotice;
    try {
      const key = secret();
      if (key === null) throw new Error('no secret is known yet');
      notice = events.readWebhook(request.body as Buffer, request.get('stripe-signature') ?? '', key);
    } catch (error) {
      log.warn({ problem: describeError(error) }, 'refused an event that Stripe did not sign');
      throw new RingbackError('event_unsigned', 'This event is not signed by Stripe, or is too old.', {
        remedy: 'Set STRIPE_WEBHOOK_SECRET to the secret of this endpoint, and look at the server’s clock.',
      });
    }
    await takeNotice(db, notice);
    response.json({ received: true });
  });
  return router;
}

/** Notes an event and enqueues what it asks to look at; an event that was taken before changes nothing. */
export async function takeNotice(
  db: Database,
  { id, type, intentId, setupSessionId, disputeId }: StripeNotice,
): Promise<void> {
  await db.as(SYSTEM, async (tx) => {
    const [known] = await tx
      .select({ id: stripeEvents.id })
      .from(stripeEvents)
      .where(eq(stripeEvents.id, id));
    if (known !== undefined) return;
    const inserted = await tx
      .insert(stripeEvents)
      .values({ id, type, objectId: intentId ?? setupSessionId ?? disputeId ?? '' })
      .onConflictDoNothing()
      .returning({ id: stripeEvents.id });
    if (inserted.length === 0) return;
    if (setupSessionId !== null)
      await addJob(tx, SETUP_JOB, { sessionId: setupSessionId }, { key: `setup:${setupSessionId}` });
    if (disputeId !== null) await addJob(tx, DISPUTE_JOB, { disputeId }, { key: `dispute:${disputeId}` });
    if (intentId === null) return;
    await addJob(tx, OBSERVE_JOB, { intentId }, { key: `observe:${intentId}` });
    if (type === 'radar.early_fraud_warning.created')
      await addJob(tx, FRAUD_JOB, { intentId }, { key: `fraud:${intentId}` });
    if (type === 'charge.refunded' || type.startsWith('refund.'))
      await addJob(tx, REFUNDS_JOB, { intentId }, { key: `refunds:${intentId}` });
  });
}
