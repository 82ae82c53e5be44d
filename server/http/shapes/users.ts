import { z } from 'zod';

/** Somebody whom personas talk to. */
export const userShape = z.object({
  id: z.uuid(),
  displayName: z.string(),
  phoneNumber: z.string(),
  timeZone: z.string(),
  calls: z.number().int(),
  lastCallAt: z.iso.datetime().nullable(),
});
export type UserShape = z.infer<typeof userShape>;

export const usersShape = z.object({ users: z.array(userShape) });
