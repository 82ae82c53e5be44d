import { z } from 'zod';
import { E164 } from '../../phone-number.ts';

/** Fields that several requests share. */

export const phoneNumber = z.string().regex(E164, 'an E.164 number such as +15550100');

/** Whom a call goes to. */
export const callee = { to: phoneNumber, displayName: z.string().min(1).max(80) };

/** A payer who is known, or the name of one who is not yet. */
export const payerReference = z.union([
  z.strictObject({ id: z.uuid() }),
  z.strictObject({ name: z.string().min(1).max(80) }),
]);
