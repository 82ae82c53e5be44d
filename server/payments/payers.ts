import { eq } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { payers } from '../../db/schema/index.ts';
import { RingbackError } from '../errors.ts';
import type { StripeGateway } from './stripe-client.ts';

export type Payer = typeof payers.$inferSelect;

const SYSTEM: Actor = { kind: 'system', purpose: 'look after payers' };

/** A payer who is known, or the name of one who is not yet. */
export type PayerReference = { id: string } | { name: string; phoneNumber?: string | undefined };

export async function findOrAddPayer(tx: Transaction, wanted: PayerReference): Promise<Payer> {
  if ('name' in wanted) {
    const [added] = await tx
      .insert(payers)
      .values({ displayName: wanted.name, phoneNumber: wanted.phoneNumber ?? null })
      .returning();
    if (added === undefined) throw new Error('the database returned no row for an insert');
    return added;
  }
  const [known] = await tx.select().from(payers).where(eq(payers.id, wanted.id));
  if (known === undefined)
    throw new RingbackError('payer_unknown', 'There is no such payer.', {
      remedy: 'Give a name, and one is added.',
    });
  if (known.blockedAt !== null)
    throw new RingbackError(
      'payer_blocked',
      `This payer is blocked: ${known.blockedReason ?? 'see the alerts'}.`,
      {
        remedy: 'Look at the dispute, then POST /api/payers/<id>/unblock.',
      },
    );
  return known;
}

/** Stripe's name of a payer, made with their first payment. */
export async function customerOf(
  { db, gateway }: { db: Database; gateway: StripeGateway },
  payer: Payer,
): Promise<string> {
  if (payer.stripeCustomerId !== null) return payer.stripeCustomerId;
  const customerId = await gateway.createCustomer(payer.id, payer.displayName);
  await db.as(SYSTEM, (tx) =>
    tx.update(payers).set({ stripeCustomerId: customerId }).where(eq(payers.id, payer.id)),
  );
  return customerId;
}

/** Lets a payer approve calls again, once a person has looked at what blocked them. @throws RingbackError `payer_unknown`. */
export async function unblockPayer(db: Database, actor: Actor, payerId: string): Promise<void> {
  const [row] = await db.as(actor, (tx) =>
    tx
      .update(payers)
      .set({ blockedAt: null, blockedReason: null })
      .where(eq(payers.id, payerId))
      .returning({ id: payers.id }),
  );
  if (row === undefined)
    throw new RingbackError('payer_unknown', 'There is no such payer.', { remedy: 'Check the id.' });
}
