import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import type { Actor, Database } from '../../db/connection.ts';
import { addJob } from '../../db/job-queue.ts';
import { type approvals, calls, holds, type payers } from '../../db/schema/index.ts';
import type { StripeGateway } from './stripe-client.ts';
import { OBSERVE_JOB } from './webhook.ts';

type Hold = typeof holds.$inferSelect;

export interface AcceptedApproval {
  hold: Hold;
  approval: typeof approvals.$inferSelect;
  payer: typeof payers.$inferSelect;
}

/** Stripe's decline code of a bank that wants to see its customer. */
const WANTS_CUSTOMER = 'authentication_required';

/** Ours, where Stripe gives no code: a card that was refused, and one that its payer put away. */
const REFUSED = 'refused';
const GIVEN_UP = 'given_up';

const SYSTEM: Actor = { kind: 'system', purpose: 'hold on a saved card' };

/** How the payer's money comes to be held. */
export type Way =
  /** It is held, or may be, or nothing is wanted any more: Stripe's event or a sweep will tell. */
  | { kind: 'held' }
  /** The payer's bank wants to ask them; the intent waits for that. */
  | { kind: 'bank'; intentId: string; paymentMethodId: string }
  /** The payer has to type a card; the hold's decline code says whether a bank refused the one that they left. */
  | { kind: 'card'; hold: Hold };

/** Holds the approved amount on a card that the payer left. Asked again, Stripe gives the same answer. */
export async function holdOnSavedCard(
  { db, gateway }: { db: Database; gateway: StripeGateway },
  { hold, approval, payer }: AcceptedApproval,
): Promise<Way> {
  if (hold.state !== 'awaiting_payer') return { kind: 'held' };
  const { paymentMethodId, stripeCustomerId } = payer;
  const isRefused = hold.declineCode !== null && hold.declineCode !== WANTS_CUSTOMER;
  if (paymentMethodId === null || stripeCustomerId === null || isRefused) return { kind: 'card', hold };
  if (hold.paymentIntentId !== null)
    return approval.checkoutUrl === null
      ? { kind: 'bank', intentId: hold.paymentIntentId, paymentMethodId }
      : { kind: 'card', hold };
  const outcome = await gateway.holdOffSession({
    holdId: hold.id,
    callId: approval.callId,
    attempt: hold.attempt,
    customerId: stripeCustomerId,
    paymentMethodId,
    amountCents: hold.amountCents,
  });
  switch (outcome.kind) {
    case 'done':
      return held(db, outcome.intent.id);
    case 'unknown':
      throw new Error(
        'it is not certain whether the amount is held; asked again, Stripe gives the same answer',
      );
    case 'failed':
      return afterFailure({ db, gateway }, hold, { customerId: stripeCustomerId, paymentMethodId });
    case 'refused':
      return refused({ db, gateway }, hold, paymentMethodId, outcome);
    default:
      return outcome satisfies never;
  }
}

/** The bank wants to see its customer, or says no: then this attempt is over, and only after that its intent. */
async function refused(
  { db, gateway }: { db: Database; gateway: StripeGateway },
  hold: Hold,
  paymentMethodId: string,
  { declineCode, intent }: { declineCode: string | null; intent: { id: string } | null },
): Promise<Way> {
  if (declineCode === WANTS_CUSTOMER && intent !== null) {
    await noteBank(db, hold, intent.id);
    return { kind: 'bank', intentId: intent.id, paymentMethodId };
  }
  const next = await nextAttempt(db, hold, declineCode ?? REFUSED);
  if (intent !== null) await gateway.cancel(intent.id, releaseKey(intent.id));
  return cardOrNothing(next);
}

/** Stripe failed, and this key will never say what happened: looks, and begins another attempt when nothing did. */
async function afterFailure(
  { db, gateway }: { db: Database; gateway: StripeGateway },
  hold: Hold,
  { customerId, paymentMethodId }: { customerId: string; paymentMethodId: string },
): Promise<Way> {
  const intent = await gateway.intentOfHold(hold.id, customerId, hold.createdAt);
  if (intent === null) return cardOrNothing(await nextAttempt(db, hold, null));
  if (intent.status !== 'requires_payment_method') return held(db, intent.id);
  return refused({ db, gateway }, hold, paymentMethodId, { declineCode: intent.declineCode, intent });
}

function cardOrNothing(next: Hold | null): Way {
  return next === null ? { kind: 'held' } : { kind: 'card', hold: next };
}

async function held(db: Database, intentId: string): Promise<Way> {
  await db.as(SYSTEM, (tx) => addJob(tx, OBSERVE_JOB, { intentId }, { key: `observe:${intentId}` }));
  return { kind: 'held' };
}

/** The payer is there and goes to their bank: the same intent, so there can be no second hold. */
export async function bankPage(
  gateway: StripeGateway,
  { intentId, paymentMethodId }: Extract<Way, { kind: 'bank' }>,
  returnUrl: string,
): Promise<string> {
  const intent = await gateway.readIntent(intentId);
  if (intent.status !== 'requires_payment_method') return intent.bankUrl ?? returnUrl;
  const outcome = await gateway.confirmWithPayer(intentId, paymentMethodId, returnUrl);
  return outcome.kind === 'done' ? (outcome.intent.bankUrl ?? returnUrl) : returnUrl;
}

/** The payer wants to type another card: what waited for their bank is given up first. */
export async function giveUpBank(
  { db, gateway }: { db: Database; gateway: StripeGateway },
  hold: Hold,
): Promise<void> {
  if (hold.paymentIntentId === null || hold.state !== 'awaiting_payer') return;
  const outcome = await gateway.cancel(hold.paymentIntentId, releaseKey(hold.paymentIntentId));
  if (outcome.kind === 'failed' || outcome.kind === 'unknown')
    throw new Error('it is not certain whether the first card was let go; press the button again');
  if (outcome.kind === 'refused') return; // it is held meanwhile, and nothing else is needed
  await nextAttempt(db, hold, GIVEN_UP);
}

/** Another one each time: an intent can be canceled once, and Stripe may remember a failure of its own under the last. */
function releaseKey(intentId: string): string {
  return `rel:${intentId}:${randomUUID()}`;
}

async function noteBank(db: Database, { id }: Hold, paymentIntentId: string): Promise<void> {
  await db.as(SYSTEM, (tx) =>
    tx
      .update(holds)
      .set({ paymentIntentId, declineCode: WANTS_CUSTOMER, updatedAt: new Date() })
      .where(and(eq(holds.id, id), eq(holds.live, true))),
  );
}

/**
 * Gives an attempt up that cannot become a hold any more, and begins the next, with keys of its own.
 * @returns null when the call does not wait any more: then its settlement has decided about the hold.
 */
export async function nextAttempt(
  db: Database,
  hold: Hold,
  declineCode: string | null,
): Promise<Hold | null> {
  return db.as(SYSTEM, async (tx) => {
    // Whoever ends the call locks it first too, so that no attempt begins behind a settlement's back.
    const [call] = await tx
      .select({ state: calls.state })
      .from(calls)
      .where(eq(calls.id, hold.callId))
      .for('update');
    if (call?.state !== 'planned') return null;
    await tx
      .update(holds)
      .set({ state: 'released', live: false, declineCode, updatedAt: new Date(), version: hold.version + 1 })
      .where(and(eq(holds.id, hold.id), eq(holds.live, true)));
    const [next] = await tx
      .insert(holds)
      .values({
        callId: hold.callId,
        attempt: hold.attempt + 1,
        approvalId: hold.approvalId,
        payerId: hold.payerId,
        state: 'awaiting_payer',
        amountCents: hold.amountCents,
        declineCode,
      })
      .onConflictDoNothing()
      .returning();
    return next ?? null; // somebody else has begun it
  });
}
