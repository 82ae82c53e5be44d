import type { Database } from '../../db/connection.ts';
import { houseCosts } from '../../db/schema/index.ts';
import { cumulativeAmount, priceOf } from './rate-card.ts';
import type { RateCards } from './rate-card-store.ts';
import type { Usage } from './usage.ts';

/** Books what was used for no call, at the vendors' prices of now. */
export type BookHouseCosts = (what: string, usages: readonly Usage[]) => Promise<void>;

export function houseCostBooks(db: Database, rateCards: RateCards): BookHouseCosts {
  return async (what, usages) => {
    const used = usages.filter(({ units }) => units > 0);
    if (used.length === 0) return;
    const card = await rateCards.current('vendor');
    const rows = used.map(({ vendor, sku, units, reference }) => ({
      what,
      vendor,
      sku,
      units: BigInt(Math.ceil(units)),
      vendorMicroCents: cumulativeAmount(priceOf(card, vendor, sku), BigInt(Math.ceil(units))),
      vendorCard: card.id,
      vendorReference: reference,
    }));
    await db.as({ kind: 'system', purpose: 'book house costs' }, (tx) =>
      tx.insert(houseCosts).values(rows).onConflictDoNothing(),
    );
  };
}
