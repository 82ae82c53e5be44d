import type { Attempts } from '../dialing/attempts.ts';
import type { Carrier } from './ports.ts';

/** The carrier's clock may be behind the database's. */
const CARRIER_SKEW_MS = 120_000;

/** The carrier's call to a number that we know nothing of: the one whose answer was lost. */
export async function findDialed(
  { carrier, attempts }: { carrier: Carrier; attempts: Attempts },
  toNumber: string,
  claimedAt: Date,
): Promise<string | null> {
  const sids = await carrier.callsTo(toNumber, new Date(claimedAt.getTime() - CARRIER_SKEW_MS));
  const known = await attempts.known(sids);
  return sids.find((sid) => !known.has(sid)) ?? null;
}
