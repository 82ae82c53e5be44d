import { z } from 'zod';

/** The hours in which somebody wants to be called, as they are written. */

const clockTime = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'a time such as 09:00');

/** A stretch of a day, on some days of the week. Monday is 1. */
export const callWindowSchema = z
  .strictObject({
    days: z.array(z.number().int().min(1).max(7)).min(1).max(7),
    from: clockTime,
    to: clockTime,
  })
  .refine(({ from, to }) => from < to, 'from has to be before to; a night takes two windows');

export const callWindowsSchema = z.array(callWindowSchema).max(50);
export type CallWindow = z.infer<typeof callWindowSchema>;
