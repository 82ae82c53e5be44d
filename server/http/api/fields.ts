import { z } from 'zod';
import { AGE_BANDS } from '../../../db/schema/index.ts';
import { E164 } from '../../phone-number.ts';
import { isTimeZone } from '../../zoned-time.ts';

/** Fields that several requests share. */

export const phoneNumber = z.string().regex(E164, 'an E.164 number such as +15550100');

/** Whom a call goes to. */
export const callee = { to: phoneNumber, displayName: z.string().min(1).max(80) };

export const timeZone = z
  .string()
  .refine(isTimeZone, 'is no time zone; give an IANA name such as Europe/Brussels');

/** A call that somebody wants made. */
export const callWish = {
  ...callee,
  persona: z.string().min(1).max(40).default('brad'),
  /** The callee's; taken where nobody has told it before. */
  timeZone: timeZone.optional(),
  /** Whether the callee is of age; taken where nobody has told it before. */
  ageBand: z.enum(AGE_BANDS).optional(),
  /** The words to which the callee agreed, in writing that you keep. */
  consent: z.string().trim().min(10).max(2_000).optional(),
  /** How often it is tried again when nobody picks up: 5 minutes after busy, 30 after no answer. */
  retries: z.number().int().min(0).max(2).optional(),
};

/** A payer who is known, or the name of one who is not yet, with the number where they want links and receipts. */
export const payerReference = z.union([
  z.strictObject({ id: z.uuid() }),
  z.strictObject({ name: z.string().min(1).max(80), phoneNumber: phoneNumber.optional() }),
]);
