import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { callCostEvents, calls } from '../../db/schema/index.ts';
import { bookLateCosts, CARRIER_PRICE } from '../cost/late-costs.ts';
import type { RateCards } from '../cost/rate-card-store.ts';
import { describeError } from '../errors.ts';
import type { Sweep } from '../jobs/runner.ts';
import type { Logger } from '../log.ts';
import type { Carrier } from './ports.ts';

export interface CarrierPriceParts {
  db: Database;
  carrier: Carrier;
  rateCards: RateCards;
  log: Logger;
}

const EVERY_MS = 10 * 60_000;
/** Twilio prices a call within minutes; what it has not priced by then it will not. */
const ASK_FOR = '2 days';
const AT_ONCE = 100;

const SYSTEM: Actor = { kind: 'system', purpose: 'book what the carrier charges' };

/**
 * Asks what the carrier charges for ended calls, and books the difference to our list. It shows how far the list has
 * drifted and corrects the margin; what was captured stays.
 */
export function carrierPriceSweep(parts: CarrierPriceParts): Sweep {
  return {
    name: 'what the carrier charges for calls',
    everyMs: EVERY_MS,
    run: async () => {
      for (const call of await unpriced(parts.db)) {
        try {
          const { priceMicroCents } = await parts.carrier.look(call.carrierSid);
          if (priceMicroCents !== null) await book(parts, call, priceMicroCents);
        } catch (error) {
          parts.log.warn(
            { callId: call.id, problem: describeError(error) },
            'the carrier did not tell a price',
          );
        }
      }
    },
  };
}

type Unpriced = { id: string; carrierSid: string; direction: 'outbound' | 'inbound' };

async function unpriced(db: Database): Promise<Unpriced[]> {
  const rows = await db.as(SYSTEM, (tx) =>
    tx
      .select({ id: calls.id, carrierSid: calls.carrierSid, direction: calls.direction })
      .from(calls)
      .where(
        and(
          isNull(calls.carrierPriceMicroCents),
          isNotNull(calls.carrierSid),
          isNotNull(calls.answeredAt),
          sql`${calls.endedAt} > now() - ${ASK_FOR}::interval`,
        ),
      )
      .orderBy(calls.endedAt)
      .limit(AT_ONCE),
  );
  return rows as Unpriced[];
}

async function book({ db, rateCards }: CarrierPriceParts, call: Unpriced, price: bigint): Promise<void> {
  const card = await rateCards.current('vendor');
  await db.as(SYSTEM, async (tx) => {
    const [claimed] = await tx
      .update(calls)
      .set({ carrierPriceMicroCents: price })
      .where(and(eq(calls.id, call.id), isNull(calls.carrierPriceMicroCents)))
      .returning({ id: calls.id });
    if (claimed === undefined) return; // another instance was quicker
    const sku = `telephony.${call.direction}.ms` as const;
    const difference = price - (await booked(tx, call.id, sku));
    if (difference === 0n) return;
    await bookLateCosts(tx, call.id, card, [
      {
        vendor: 'twilio',
        sku,
        units: 0,
        vendorMicroCents: difference,
        reference: `${call.carrierSid}#price`,
        outcome: 'complete',
        reason: CARRIER_PRICE,
      },
    ]);
  });
}

/** What our own list made of the call. */
async function booked(tx: Transaction, callId: string, sku: string): Promise<bigint> {
  const [row] = await tx
    .select({ sum: sql<string>`coalesce(sum(${callCostEvents.vendorMicroCents}), 0)` })
    .from(callCostEvents)
    .where(and(eq(callCostEvents.callId, callId), eq(callCostEvents.sku, sku)));
  return BigInt(row?.sum ?? 0);
}
