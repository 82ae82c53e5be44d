import { and, eq, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { addJob } from '../../db/job-queue.ts';
import { approvals, holds, settlements } from '../../db/schema/index.ts';
import { raiseAlert } from '../announcing/alerts.ts';
import { announce } from '../announcing/announce.ts';
import { SMALLEST_CHARGE_CENTS } from '../cost/card-fee.ts';
import type { Logger } from '../log.ts';
import type { IntentView, Outcome } from './stripe-answers.ts';
import type { StripeGateway } from './stripe-client.ts';
import type { StripePages } from './stripe-pages.ts';

export const SETTLE_JOB = 'settle-call';

type Settlement = typeof settlements.$inferSelect;
type Hold = typeof holds.$inferSelect;

const SYSTEM: Actor = { kind: 'system', purpose: 'settle a call' };

/**
 * A call has ended: in the transaction that freezes its bill, says what is to become of its hold.
 * A call that never had a hold has nothing to settle.
 */
export async function openSettlement(tx: Transaction, callId: string, totalCents: number): Promise<void> {
  const [hold] = await tx
    .select({ id: holds.id })
    .from(holds)
    .where(and(eq(holds.callId, callId), eq(holds.live, true)))
    .for('update');
  if (hold === undefined) return;
  await tx.insert(settlements).values({ callId, holdId: hold.id, totalCents }).onConflictDoNothing();
  await addJob(tx, SETTLE_JOB, { callId }, { key: `settle:${callId}` });
}

export interface SettlementParts {
  db: Database;
  gateway: StripeGateway;
  pages: StripePages;
  log: Logger;
}

/** What became of the money, for the books. */
interface Result {
  state: 'captured' | 'released' | 'hold_lost';
  capturedCents: number;
  feeCents: number | null;
  alert: { kind: string; detail: string } | null;
}

/** Not settled yet: what is unknown is looked at again later. */
export class NotSettledYet extends Error {}

/**
 * Captures or releases the hold of an ended call. It may be run by several workers, killed at every point and run
 * again: it always asks Stripe first what is, and asks for a change only then; a new idempotency key is used only
 * when the last attempt is known to have failed. At most one capture can come of it, because there is one intent.
 */
export class Settlements {
  readonly #parts: SettlementParts;

  constructor(parts: SettlementParts) {
    this.#parts = parts;
  }

  /** @throws NotSettledYet, or what the network threw: the job tries again. */
  async settle(callId: string): Promise<void> {
    const found = await this.#load(callId);
    if (found === null) return;
    const { settlement, hold } = found;
    if (settlement.state !== 'settling') return;
    const intentId = hold.paymentIntentId ?? (await this.#closeCheckout(hold));
    if (intentId === null) return this.#book(settlement, released(settlement));
    const intent = await this.#parts.gateway.readIntent(intentId);
    const result = await this.#resultOf(settlement, hold, intent);
    if (result === null) throw new NotSettledYet(`the settlement of call ${callId} is not certain yet`);
    await this.#book(settlement, result);
  }

  async #load(callId: string): Promise<{ settlement: Settlement; hold: Hold } | null> {
    return this.#parts.db.as(SYSTEM, async (tx) => {
      const [row] = await tx
        .select({ settlement: settlements, hold: holds })
        .from(settlements)
        .innerJoin(holds, eq(holds.id, settlements.holdId))
        .where(eq(settlements.callId, callId));
      return row ?? null;
    });
  }

  /** Closes the hold's page at Stripe, if it has one. Returns the intent that somebody began to pay there. */
  async #closeCheckout(hold: Hold): Promise<string | null> {
    const sessionId = await this.#sessionOf(hold);
    return sessionId === null ? null : this.#parts.pages.closeCheckout(sessionId);
  }

  async #sessionOf({ approvalId }: Hold): Promise<string | null> {
    return this.#parts.db.as(SYSTEM, async (tx) => {
      const [row] = await tx
        .select({ id: approvals.checkoutSessionId })
        .from(approvals)
        .where(eq(approvals.id, approvalId));
      return row?.id ?? null;
    });
  }

  /** What has become of the money; null while that is not certain. */
  async #resultOf(settlement: Settlement, hold: Hold, intent: IntentView): Promise<Result | null> {
    switch (intent.status) {
      case 'succeeded':
        return captured(settlement, intent);
      case 'canceled':
        return released(settlement);
      case 'processing':
        return null;
      case 'requires_capture':
        return this.#change(settlement, hold, intent);
      default:
        // Never paid. An intent of a checkout page cannot be canceled by itself: closing the page ends it.
        if ((await this.#sessionOf(hold)) === null) return this.#change(settlement, hold, intent);
        await this.#closeCheckout(hold);
        return released(settlement);
    }
  }

  async #change(settlement: Settlement, hold: Hold, intent: IntentView): Promise<Result | null> {
    const { gateway } = this.#parts;
    const isCharge = settlement.totalCents >= SMALLEST_CHARGE_CENTS && intent.status === 'requires_capture';
    const amountCents = Math.min(settlement.totalCents, intent.capturableCents);
    const outcome = isCharge
      ? await gateway.capture(intent.id, amountCents, `cap:${settlement.callId}:${settlement.attempt}`)
      : await gateway.cancel(intent.id, `rel:${settlement.callId}:${hold.attempt}:${settlement.attempt}`);
    return this.#afterChange(settlement, outcome);
  }

  async #afterChange(settlement: Settlement, outcome: Outcome): Promise<Result | null> {
    switch (outcome.kind) {
      case 'done':
        return outcome.intent.status === 'succeeded'
          ? captured(settlement, outcome.intent)
          : released(settlement);
      case 'refused': // it was captured or canceled meanwhile; the next look says which
      case 'failed': // this key answers with the same error for a day
        await this.#nextAttempt(settlement);
        return null;
      case 'unknown':
        return null;
      default:
        return outcome satisfies never;
    }
  }

  /** The last attempt is over without success: the next one gets a key of its own. */
  async #nextAttempt({ callId, attempt }: Settlement): Promise<void> {
    await this.#parts.db.as(SYSTEM, (tx) =>
      tx
        .update(settlements)
        .set({ attempt: attempt + 1 })
        .where(and(eq(settlements.callId, callId), eq(settlements.attempt, attempt))),
    );
  }

  /** Writes the result down, once: whoever comes second finds it written. */
  async #book(settlement: Settlement, result: Result): Promise<void> {
    const { callId, version, totalCents, holdId } = settlement;
    await this.#parts.db.as(SYSTEM, async (tx) => {
      const [booked] = await tx
        .update(settlements)
        .set({
          state: result.state,
          capturedCents: result.capturedCents,
          writtenOffCents: Math.max(0, totalCents - result.capturedCents),
          // The fee may have been told before the capture was booked.
          stripeFeeCents: sql`coalesce(${settlements.stripeFeeCents}, ${result.feeCents}::int)`,
          settledAt: new Date(),
          version: version + 1,
        })
        .where(
          and(
            eq(settlements.callId, callId),
            eq(settlements.state, 'settling'),
            eq(settlements.version, version),
          ),
        )
        .returning({ callId: settlements.callId });
      if (booked === undefined) return;
      const state = result.state === 'hold_lost' ? 'lost' : result.state;
      await tx
        .update(holds)
        .set({ state, live: false, updatedAt: new Date(), version: sql`${holds.version} + 1` })
        .where(eq(holds.id, holdId));
      await announce(tx, {
        type: 'call.settled',
        callId,
        userId: null,
        data: {
          state: result.state,
          totalCents,
          capturedCents: result.capturedCents,
          writtenOffCents: Math.max(0, totalCents - result.capturedCents),
        },
      });
      if (result.alert !== null) await raiseAlert(tx, callId, result.alert.kind, result.alert.detail);
    });
    if (result.alert !== null)
      this.#parts.log.error({ callId, alert: result.alert.kind }, 'a settlement needs a look');
  }

  /** Adds what Stripe kept, once it has booked the capture. It changes the margin, never what was captured. */
  async bookFee(callId: string, feeCents: number): Promise<void> {
    await this.#parts.db.as(SYSTEM, (tx) =>
      tx
        .update(settlements)
        .set({ stripeFeeCents: feeCents })
        .where(and(eq(settlements.callId, callId), sql`${settlements.stripeFeeCents} is null`)),
    );
  }
}

function captured(settlement: Settlement, intent: IntentView): Result {
  const { totalCents } = settlement;
  const { receivedCents } = intent;
  const alert =
    receivedCents < totalCents
      ? {
          kind: 'hold-too-small',
          detail: `${receivedCents} of ${totalCents} cents were captured; the rest is written off`,
        }
      : receivedCents > totalCents
        ? {
            kind: 'captured-too-much',
            detail: `${receivedCents} cents were captured for a bill of ${totalCents}`,
          }
        : null;
  return { state: 'captured', capturedCents: receivedCents, feeCents: intent.feeCents, alert };
}

/** Nothing was taken. That is right for a bill too small to charge, and a loss for every other one. */
function released({ totalCents }: Settlement): Result {
  const isLoss = totalCents >= SMALLEST_CHARGE_CENTS;
  return {
    state: isLoss ? 'hold_lost' : 'released',
    capturedCents: 0,
    feeCents: null,
    alert: isLoss
      ? { kind: 'hold-lost', detail: `the hold was gone before ${totalCents} cents were captured` }
      : null,
  };
}
