import { createHash } from 'node:crypto';

export const CAP_CENTS = 500;

/** What a call will have cost: the same wherever it is asked, so that a call that ends in another process costs the same. */
export function billOfCall(callId: string): number {
  const draw = createHash('sha256').update(callId).digest().readUInt32BE(0) / 2 ** 32;
  if (draw < 0.15) return 0; // nobody answered
  if (draw < 0.25) return 1 + Math.floor(draw * 190); // below the smallest charge
  if (draw < 0.35) return CAP_CENTS + Math.floor(draw * 300); // more than is held
  return 50 + Math.floor(draw * 450);
}

/** What the payer must have paid for such a bill in the end. */
export function dueCents(billCents: number): number {
  return billCents < 50 ? 0 : Math.min(billCents, CAP_CENTS);
}
