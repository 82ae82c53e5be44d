import { sql } from 'drizzle-orm';
import type { Transaction } from '../../db/connection.ts';
import { callCostEvents, calls } from '../../db/schema/index.ts';
import type { MicroCents } from './money.ts';
import { cumulativeAmount, priceOf, type RateCard } from './rate-card.ts';
import { SKUS } from './skus.ts';
import type { Usage } from './usage.ts';

/** By which the difference between our price list and the carrier's own price is found again. */
export const CARRIER_PRICE = 'carrier price';

/** A cost of a call that became known after its bill was frozen. */
export interface LateCost extends Usage {
  /** What it makes of a difference to what the vendors charge; without it, the units at the list's price. */
  vendorMicroCents?: MicroCents;
}

/**
 * Books costs of an ended call that came after its end: texts, extraction, a vendor's own price. They change what the
 * house paid and its margin, never what the payer owes. The same reference is booked once.
 */
export async function bookLateCosts(
  tx: Transaction,
  callId: string,
  card: RateCard,
  costs: readonly LateCost[],
): Promise<void> {
  const [call] = await tx
    .select({ userId: calls.userId, retailCardId: calls.retailCardId, endedAt: calls.endedAt })
    .from(calls)
    .where(sql`${calls.id} = ${callId}`)
    .for('update'); // numbers of events are given out one transaction at a time
  if (call === undefined || call.endedAt === null)
    throw new Error(`costs of call ${callId} are late only once it has ended`);
  const [last] = await tx
    .select({ seq: sql<number>`coalesce(max(${callCostEvents.seq}), -1)::int` })
    .from(callCostEvents)
    .where(sql`${callCostEvents.callId} = ${callId}`);
  const rows = costs.map((cost, i) => {
    const units = BigInt(Math.ceil(cost.units));
    return {
      callId,
      userId: call.userId,
      seq: (last?.seq ?? -1) + 1 + i,
      type: SKUS[cost.sku].type,
      vendor: cost.vendor,
      sku: cost.sku,
      units,
      retailMicroCents: 0n,
      vendorMicroCents:
        cost.vendorMicroCents ?? cumulativeAmount(priceOf(card, cost.vendor, cost.sku), units),
      retailCard: call.retailCardId ?? '',
      vendorCard: card.id,
      vendorReference: cost.reference,
      outcome: cost.outcome,
      reason: cost.reason ?? null,
      at: new Date(),
    };
  });
  if (rows.length > 0) await tx.insert(callCostEvents).values(rows).onConflictDoNothing();
}
