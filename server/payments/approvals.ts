import { and, eq, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { approvals, calls, holds, payers, users } from '../../db/schema/index.ts';
import { RingbackError } from '../errors.ts';
import { hashOf } from '../secrets.ts';
import { endWaitingCall } from './end-call.ts';
import { opensApproval, type PayerKey } from './payer-keys.ts';
import { customerOf, type Payer } from './payers.ts';
import { bankPage, giveUpBank, holdOnSavedCard, nextAttempt } from './saved-card.ts';
import type { StripeGateway } from './stripe-client.ts';
import type { StripePages } from './stripe-pages.ts';

export type Approval = typeof approvals.$inferSelect;
type Hold = typeof holds.$inferSelect;

export interface ApprovalsParts {
  db: Database;
  gateway: StripeGateway;
  pages: StripePages;
  publicBaseUrl: string;
  /** Before anything is asked of Stripe: whether the call could be made now. Throws when not. */
  assertMayRing(callId: string): Promise<void>;
  /** The payer took their approval back: a live call has to say goodbye. */
  onRevoked(callId: string): void;
}

/** Stripe allows 30 minutes to 24 hours by its own clock; ours may be ten minutes off either way. */
const CHECKOUT_AT_LEAST_MS = 45 * 60_000;
const CHECKOUT_AT_MOST_MS = 23 * 3_600_000;

const SYSTEM: Actor = { kind: 'system', purpose: 'approvals' };

/** What a payer is asked, and what they answer. The link in their hands is the only key: whoever holds it may answer. */
export class Approvals {
  readonly #parts: ApprovalsParts;

  constructor(parts: ApprovalsParts) {
    this.#parts = parts;
  }

  /** Everything the payer's pages show. @throws RingbackError `link_unknown`. */
  async view(token: string) {
    return this.#parts.db.as(SYSTEM, async (tx) => {
      const [row] = await tx
        .select({ approval: approvals, call: calls, callee: users.displayName, payer: payers })
        .from(approvals)
        .innerJoin(calls, eq(calls.id, approvals.callId))
        .innerJoin(users, eq(users.id, approvals.userId))
        .innerJoin(payers, eq(payers.id, approvals.payerId))
        .where(and(eq(approvals.tokenHash, hashOf(token)), sql`${approvals.viewableUntil} > now()`));
      if (row === undefined) throw unknownLink();
      return row;
    });
  }

  /**
   * The payer says yes. Returns the page on which Stripe takes their card, or the status page when a card that they
   * left before could be used; a second yes gets the same page.
   * @throws RingbackError `link_unknown`, `approval_over` or `payer_blocked`; nothing was asked of Stripe then.
   */
  async approve(
    token: string,
    answer: { from: string; savesCard: boolean },
  ): Promise<{ checkoutUrl: string }> {
    const { approval: asked, call } = await this.view(token);
    if (asked.checkoutUrl === null && call.state === 'planned') await this.#parts.assertMayRing(call.id);
    const accepted = await this.#parts.db.as(SYSTEM, (tx) => this.#accept(tx, token, answer));
    const { approval, payer } = accepted;
    if (approval.checkoutUrl !== null) return { checkoutUrl: approval.checkoutUrl };
    const { gateway, publicBaseUrl } = this.#parts;
    const statusUrl = `${publicBaseUrl}/pay/status/${token}`;
    const way = await holdOnSavedCard(this.#parts, accepted);
    switch (way.kind) {
      case 'held':
        return { checkoutUrl: statusUrl };
      case 'bank':
        return { checkoutUrl: await bankPage(gateway, way, statusUrl) };
      case 'card':
        return { checkoutUrl: await this.#checkout(token, approval, payer, way.hold) };
      default:
        return way satisfies never;
    }
  }

  /** The payer's card waits for their bank, and they would rather type another one. Returns the page for it. */
  async useOtherCard(token: string, from: string): Promise<{ checkoutUrl: string }> {
    const accepted = await this.#parts.db.as(SYSTEM, (tx) =>
      this.#accept(tx, token, { from, savesCard: false }),
    );
    await giveUpBank(this.#parts, accepted.hold);
    return this.approve(token, { from, savesCard: false });
  }

  /** Stripe's page for this hold; the same hold always gets the same page. */
  async #checkout(token: string, approval: Approval, payer: Payer, hold: Hold): Promise<string> {
    const { gateway, pages, publicBaseUrl, db } = this.#parts;
    const customerId = await customerOf({ db, gateway }, payer);
    const page = pages.createCheckout({
      holdId: hold.id,
      callId: approval.callId,
      customerId,
      amountCents: hold.amountCents,
      name: approval.textShown.slice(0, 200),
      savesCard: approval.savesCard,
      statusUrl: `${publicBaseUrl}/pay/status/${token}`,
      payUrl: `${publicBaseUrl}/pay/${token}`,
      expiresAt: checkoutEnd(approval),
    });
    const { sessionId, url } = await page.catch(async (error: unknown) => {
      if (error instanceof RingbackError && error.code === 'checkout_failed')
        await nextAttempt(db, hold, hold.declineCode);
      throw error;
    });
    await db.as(SYSTEM, (tx) =>
      tx
        .update(approvals)
        .set({ checkoutSessionId: sessionId, checkoutUrl: url })
        .where(eq(approvals.id, approval.id)),
    );
    return url;
  }

  async #accept(tx: Transaction, token: string, answer: { from: string; savesCard: boolean }) {
    const { approval, payer, isOpen } = await lockByKey(tx, { token });
    if (!isOpen) throw approvalOver(approval.callId);
    if (payer.blockedAt !== null)
      throw new RingbackError('payer_blocked', 'This payer cannot approve calls at present.', {
        remedy: 'Ask the house; a dispute about an earlier payment is open.',
        callId: approval.callId,
      });
    const [existing] = await tx
      .select()
      .from(holds)
      .where(and(eq(holds.callId, approval.callId), eq(holds.live, true)));
    if (existing !== undefined) return { hold: existing, approval, payer };
    const [decided] = await tx
      .update(approvals)
      .set({
        state: 'approved',
        savesCard: answer.savesCard,
        decidedAt: sql`coalesce(${approvals.decidedAt}, now())`,
        decidedFrom: answer.from,
      })
      .where(eq(approvals.id, approval.id))
      .returning();
    const [hold] = await tx
      .insert(holds)
      .values({
        callId: approval.callId,
        attempt: sql`(select coalesce(max(h.attempt), 0) + 1 from holds h where h.call_id = ${approval.callId})`,
        approvalId: approval.id,
        payerId: approval.payerId,
        state: 'awaiting_payer',
        amountCents: approval.capCents,
      })
      .returning();
    if (hold === undefined || decided === undefined) throw new Error('the database returned no row');
    return { hold, approval: decided, payer };
  }

  /** The payer says no. A second no changes nothing. */
  async decline(token: string, from: string): Promise<void> {
    await this.#parts.db.as(SYSTEM, async (tx) => {
      const { approval } = await lockByKey(tx, { token });
      if (approval.state === 'declined') return;
      if (approval.state !== 'offered') throw approvalOver(approval.callId);
      await tx
        .update(approvals)
        .set({ state: 'declined', decidedAt: sql`now()`, decidedFrom: from })
        .where(eq(approvals.id, approval.id));
      await endWaitingCall(tx, approval.callId, 'payer-declined');
    });
  }

  /** The payer takes their yes back: a call that waits is given up, a live one says goodbye and is billed until then. */
  async revoke(key: PayerKey): Promise<void> {
    const callId = await this.#parts.db.as(SYSTEM, async (tx) => {
      const { approval } = await lockByKey(tx, key);
      if (approval.state === 'revoked') return approval.callId;
      if (approval.state !== 'approved') throw approvalOver(approval.callId);
      await tx
        .update(approvals)
        .set({ state: 'revoked', revokedAt: sql`now()` })
        .where(eq(approvals.id, approval.id));
      await endWaitingCall(tx, approval.callId, 'approval-revoked');
      return approval.callId;
    });
    this.#parts.onRevoked(callId);
  }
}

/** By the database's clock: an instance's own may be off. */
const CAN_BE_APPROVED = sql<boolean>`${approvals.state} in ('offered', 'approved')
  and ${approvals.validUntil} > now() and ${calls.state} = 'planned'`;

async function lockByKey(tx: Transaction, key: PayerKey) {
  const [approval] = await tx.select().from(approvals).where(opensApproval(key));
  if (approval === undefined) throw unknownLink();
  // The server may not change an approval's terms and so may not lock its row; the payer's row stands for it.
  const [payer] = await tx.select().from(payers).where(eq(payers.id, approval.payerId)).for('update');
  const [fresh] = await tx
    .select({ approval: approvals, isOpen: CAN_BE_APPROVED })
    .from(approvals)
    .innerJoin(calls, eq(calls.id, approvals.callId))
    .where(eq(approvals.id, approval.id))
    .for('update', { of: calls }); // nobody ends the call between this look and what follows from it
  if (payer === undefined || fresh === undefined) throw unknownLink();
  return { ...fresh, payer };
}

/** Reckoned from the answer, not from now: asked for again, the page must have the same end, or Stripe refuses its key. */
function checkoutEnd({ validUntil, decidedAt, createdAt }: Approval): Date {
  const answered = (decidedAt ?? createdAt).getTime();
  const wanted = Math.max(validUntil.getTime(), answered + CHECKOUT_AT_LEAST_MS);
  return new Date(Math.min(wanted, answered + CHECKOUT_AT_MOST_MS));
}

function unknownLink(): RingbackError {
  return new RingbackError('link_unknown', 'This link is not known, or no longer valid.', {
    remedy: 'Ask for a new one.',
  });
}

function approvalOver(callId: string): RingbackError {
  return new RingbackError('approval_over', 'This can no longer be approved.', {
    remedy: 'It was declined, revoked or has run out, or the call is over. Ask for a new link.',
    callId,
  });
}
