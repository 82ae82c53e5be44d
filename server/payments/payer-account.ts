import { eq } from 'drizzle-orm';
import type { Actor, Database } from '../../db/connection.ts';
import { payers } from '../../db/schema/index.ts';
import type { Bill } from '../cost/bill.ts';
import { SKUS, type Sku } from '../cost/skus.ts';
import { RingbackError } from '../errors.ts';
import type { Approvals } from './approvals.ts';
import type { Mandates } from './mandates.ts';
import { listMandates, listPayers, listPayments } from './payments-list.ts';
import type { StripeGateway } from './stripe-client.ts';

export interface PayerAccountsParts {
  db: Database;
  gateway: StripeGateway;
  approvals: Approvals;
  mandates: Mandates;
}

type ShownBill = Pick<Bill, 'services' | 'subtotalCents' | 'stripeFeeCents' | 'totalCostCents'>;

const SYSTEM: Actor = { kind: 'system', purpose: 'a payer’s own account' };

/**
 * What somebody who pays sees and takes back, known by a number that they have proven is theirs. Whoever pays from one
 * number is one person, under however many names they were asked. Nothing of what is said in calls is here.
 */
export class PayerAccounts {
  readonly #parts: PayerAccountsParts;

  constructor(parts: PayerAccountsParts) {
    this.#parts = parts;
  }

  async of(payerNumber: string) {
    const { db } = this.#parts;
    const [all, mandates, payments] = await Promise.all([
      listPayers(db, SYSTEM, { payerNumber }),
      listMandates(db, SYSTEM, { payerNumber }),
      listPayments(db, SYSTEM, { payerNumber }),
    ]);
    return {
      heldCents: all.reduce((sum, { heldCents }) => sum + heldCents, 0),
      paidCents: all.reduce((sum, { paidCents }) => sum + paidCents, 0),
      payers: all,
      mandates,
      payments,
    };
  }

  /** @throws RingbackError `link_unknown` where it is not theirs. */
  revokeMandate(phoneNumber: string, id: string): Promise<void> {
    return this.#parts.mandates.revoke({ id, phoneNumber });
  }

  /** @throws RingbackError `link_unknown` where it is not theirs. */
  revokeCall(phoneNumber: string, callId: string): Promise<void> {
    return this.#parts.approvals.revoke({ id: callId, phoneNumber });
  }

  /** Lets go of every card that they left; mandates want one again before the next call. */
  async forgetCards(phoneNumber: string): Promise<void> {
    const { db, gateway } = this.#parts;
    const left = await db.as(SYSTEM, (tx) =>
      tx.select().from(payers).where(eq(payers.phoneNumber, phoneNumber)),
    );
    for (const { id, paymentMethodId } of left) {
      if (paymentMethodId === null) continue;
      await db.as(SYSTEM, (tx) => tx.update(payers).set({ paymentMethodId: null }).where(eq(payers.id, id)));
      await gateway.detachCard(paymentMethodId);
    }
  }

  /**
   * What a call cost them.
   * @param billOf the bill as it is now. @throws RingbackError `call_unknown` where they were not asked to pay for it.
   */
  async receipt(payerNumber: string, callId: string, billOf: (callId: string) => Promise<ShownBill | null>) {
    const [payment] = await listPayments(this.#parts.db, SYSTEM, { payerNumber, callId });
    const bill = payment === undefined ? null : await billOf(callId);
    if (payment === undefined || bill === null)
      throw new RingbackError('call_unknown', 'There is no receipt of such a call.', {
        callId,
        remedy: 'It is there when the call has been answered.',
      });
    return {
      callId,
      isFinal: payment.callState === 'ended',
      services: bill.services
        .filter(({ cents }) => cents > 0)
        .map(({ sku, cents }) => ({ service: SKUS[sku as Sku].name, cents })),
      subtotalCents: bill.subtotalCents,
      cardFeeCents: bill.stripeFeeCents,
      totalCents: bill.totalCostCents,
    };
  }
}
