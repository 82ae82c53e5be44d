import { and, desc, eq, isNull, ne, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { approvals, calls, mandates, payers, users } from '../../db/schema/index.ts';
import { RingbackError } from '../errors.ts';
import { hashOf, newSecret } from '../secrets.ts';
import { endWaitingCall } from './end-call.ts';
import { opensMandate, type PayerKey } from './payer-keys.ts';
import { customerOf, findOrAddPayer, type Payer, type PayerReference } from './payers.ts';
import type { StripeGateway } from './stripe-client.ts';
import type { StripePages } from './stripe-pages.ts';

export const SETUP_JOB = 'observe-setup';

export type Mandate = typeof mandates.$inferSelect;

export interface MandatesParts {
  db: Database;
  gateway: StripeGateway;
  pages: StripePages;
  publicBaseUrl: string;
  /** The payer took their mandate back: a live call under it has to say goodbye. */
  onRevoked(callId: string): void;
}

export interface MandateTerms {
  userId: string;
  payer: PayerReference;
  perCallCents: number;
  perMonthCents: number;
  textShown: string;
  /** How long the payer may take to answer. */
  answerMs: number;
  /** How long calls may be made under it. */
  validMs: number;
}

export const MANDATE_PATH = '/pay/mandate';

/** A payer sees a mandate and its receipts for so long after it has run out. */
const VIEWABLE_MS = 90 * 24 * 3_600_000;
const SYSTEM: Actor = { kind: 'system', purpose: 'mandates' };

/** A payer's yes to many calls to one callee: what they are asked, what they answer, and the card that they leave. */
export class Mandates {
  readonly #parts: MandatesParts;

  constructor(parts: MandatesParts) {
    this.#parts = parts;
  }

  /** @returns the secret for the payer's link; it can be read this one time only. */
  async offer(actor: Actor, terms: MandateTerms): Promise<{ mandate: Mandate; linkToken: string }> {
    const { payer: wanted, answerMs, validMs, ...values } = terms;
    const { secret, hash } = newSecret();
    const mandate = await this.#parts.db.as(actor, async (tx) => {
      const payer = await findOrAddPayer(tx, wanted);
      const [row] = await tx
        .insert(mandates)
        .values({
          ...values,
          payerId: payer.id,
          tokenHash: hash,
          answerUntil: inMs(answerMs),
          validUntil: inMs(validMs),
          viewableUntil: inMs(validMs + VIEWABLE_MS),
        })
        .returning();
      if (row === undefined) throw new Error('the database returned no row for an insert');
      return row;
    });
    return { mandate, linkToken: secret };
  }

  /** Everything that the payer's page shows. @throws RingbackError `link_unknown`. */
  async view(token: string) {
    return this.#parts.db.as(SYSTEM, async (tx) => {
      const [row] = await tx
        .select({ mandate: mandates, callee: users.displayName, payer: payers, isOpen: CAN_BE_APPROVED })
        .from(mandates)
        .innerJoin(users, eq(users.id, mandates.userId))
        .innerJoin(payers, eq(payers.id, mandates.payerId))
        .where(and(eq(mandates.tokenHash, hashOf(token)), sql`${mandates.viewableUntil} > now()`));
      if (row === undefined) throw unknownLink();
      return { ...row, spentCents: await spentThisMonth(tx, row.mandate.id) };
    });
  }

  /** The payer says yes. @returns Stripe's page for their card, or their own page when they left one before. */
  async approve(token: string, from: string): Promise<{ url: string }> {
    const { mandate, payer } = await this.#parts.db.as(SYSTEM, (tx) => accept(tx, token, from));
    const ownUrl = `${this.#parts.publicBaseUrl}${MANDATE_PATH}/${token}`;
    if (payer.paymentMethodId !== null) return { url: ownUrl };
    return { url: (await this.#openSetup(mandate)) ?? (await this.#makeSetup(mandate, payer, ownUrl)) };
  }

  /** Stripe's page from an earlier answer, when it can still be used. */
  async #openSetup({ setupSessionId, setupUrl }: Mandate): Promise<string | null> {
    if (setupSessionId === null) return null;
    const { isOpen } = await this.#parts.pages.readSetup(setupSessionId);
    return isOpen ? setupUrl : null;
  }

  async #makeSetup(mandate: Mandate, payer: Payer, returnUrl: string): Promise<string> {
    const { db, pages } = this.#parts;
    const { sessionId, url } = await pages.createSetup({
      mandateId: mandate.id,
      customerId: await customerOf(this.#parts, payer),
      returnUrl,
      replaces: mandate.setupSessionId,
    });
    await db.as(SYSTEM, (tx) =>
      tx
        .update(mandates)
        .set({ setupSessionId: sessionId, setupUrl: url })
        .where(eq(mandates.id, mandate.id)),
    );
    return url;
  }

  /** Somebody said that a card was left: asks Stripe which, and keeps its name. */
  async observeSetup(sessionId: string): Promise<void> {
    const { db, pages } = this.#parts;
    const { customerId, paymentMethodId } = await pages.readSetup(sessionId);
    if (customerId === null || paymentMethodId === null) return;
    await db.as(SYSTEM, (tx) =>
      tx.update(payers).set({ paymentMethodId }).where(eq(payers.stripeCustomerId, customerId)),
    );
  }

  /** The payer says no. A second no changes nothing. */
  async decline(token: string, from: string): Promise<void> {
    await this.#parts.db.as(SYSTEM, async (tx) => {
      const { mandate } = await lockByKey(tx, { token });
      if (mandate.state === 'declined') return;
      if (mandate.state !== 'offered') throw mandateOver();
      await tx
        .update(mandates)
        .set({ state: 'declined', decidedAt: sql`now()`, decidedFrom: from })
        .where(eq(mandates.id, mandate.id));
    });
  }

  /** The payer takes their yes back: what waits is given up, a live call says goodbye and is billed until then. */
  async revoke(key: PayerKey): Promise<void> {
    const open = await this.#parts.db.as(SYSTEM, async (tx) => {
      const { mandate } = await lockByKey(tx, key);
      if (mandate.state !== 'approved' && mandate.state !== 'revoked') throw mandateOver();
      await tx
        .update(mandates)
        .set({ state: 'revoked', revokedAt: sql`coalesce(${mandates.revokedAt}, now())` })
        .where(eq(mandates.id, mandate.id));
      return revokeCalls(tx, mandate.id);
    });
    for (const callId of open) this.#parts.onRevoked(callId);
  }

  /** What payers were asked, newest first; without the key of their link. */
  async list(actor: Actor) {
    const rows = await this.#parts.db.as(actor, (tx) =>
      tx.select().from(mandates).orderBy(desc(mandates.createdAt)).limit(200),
    );
    return rows.map(({ tokenHash: _hash, setupUrl: _url, ...mandate }) => mandate);
  }
}

/** What calls under a mandate have cost this month, in UTC; one that goes on counts with its whole cap. */
export async function spentThisMonth(tx: Transaction, mandateId: string): Promise<number> {
  const [row] = await tx.execute<{ cents: string }>(sql`
    select coalesce(sum(coalesce(b.total_cost_cents, c.cap_cents)), 0) as cents
    from approvals a join calls c on c.id = a.call_id left join call_cost_breakdowns b on b.call_id = c.id
    where a.mandate_id = ${mandateId}
      and c.created_at >= date_trunc('month', now() at time zone 'UTC') at time zone 'UTC'`);
  return Number(row?.cents ?? 0);
}

/** By the database's clock: an instance's own may be off. */
const CAN_BE_APPROVED = sql<boolean>`${mandates.state} in ('offered', 'approved')
  and ${mandates.validUntil} > now() and (${mandates.state} = 'approved' or ${mandates.answerUntil} > now())`;

async function lockByKey(tx: Transaction, key: PayerKey) {
  const [found] = await tx.select({ payerId: mandates.payerId }).from(mandates).where(opensMandate(key));
  if (found === undefined) throw unknownLink();
  // The server may not change a mandate's terms and so may not lock its row; the payer's row stands for it.
  const [payer] = await tx.select().from(payers).where(eq(payers.id, found.payerId)).for('update');
  const [row] = await tx
    .select({ mandate: mandates, isOpen: CAN_BE_APPROVED })
    .from(mandates)
    .where(opensMandate(key));
  if (payer === undefined || row === undefined) throw unknownLink();
  return { ...row, payer };
}

async function accept(tx: Transaction, token: string, from: string) {
  const { mandate, payer, isOpen } = await lockByKey(tx, { token });
  if (!isOpen) throw mandateOver();
  if (payer.blockedAt !== null)
    throw new RingbackError('payer_blocked', 'This payer cannot approve calls at present.', {
      remedy: 'Ask the house; a dispute about an earlier payment is open.',
    });
  if (mandate.state === 'approved') return { mandate, payer };
  const [decided] = await tx
    .update(mandates)
    .set({ state: 'approved', decidedAt: sql`now()`, decidedFrom: from })
    .where(eq(mandates.id, mandate.id))
    .returning();
  if (decided === undefined) throw new Error('the database returned no row');
  return { mandate: decided, payer };
}

/** Takes back what was approved under a mandate and is not over. @returns the calls it was about. */
async function revokeCalls(tx: Transaction, mandateId: string): Promise<string[]> {
  const open = await tx
    .select({ id: approvals.id, callId: approvals.callId })
    .from(approvals)
    .innerJoin(calls, eq(calls.id, approvals.callId))
    .where(and(eq(approvals.mandateId, mandateId), ne(calls.state, 'ended'), isNull(approvals.revokedAt)));
  for (const { id, callId } of open) {
    await tx.update(approvals).set({ state: 'revoked', revokedAt: sql`now()` }).where(eq(approvals.id, id));
    await endWaitingCall(tx, callId, 'approval-revoked');
  }
  return open.map(({ callId }) => callId);
}

function inMs(ms: number) {
  return sql`now() + make_interval(secs => ${ms / 1_000})`;
}

function unknownLink(): RingbackError {
  return new RingbackError('link_unknown', 'This link is not known, or no longer valid.', {
    remedy: 'Ask for a new one.',
  });
}

function mandateOver(): RingbackError {
  return new RingbackError('approval_over', 'This can no longer be approved.', {
    remedy: 'It was declined, taken back or has run out. Ask for a new link.',
  });
}
