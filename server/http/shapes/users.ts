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

/** Who a user is, in their own words; every persona knows it. */
export const profileShape = z.object({
  phoneNumber: z.string(),
  displayName: z.string(),
  timeZone: z.string(),
  ageBand: z.enum(['adult', 'minor']).nullable(),
  identity: z.string().nullable(),
  goals: z.array(z.string()),
  why: z.string().nullable(),
  progress: z.array(z.object({ at: z.iso.datetime({ offset: true }), text: z.string() })),
  completedAt: z.iso.datetime().nullable(),
});
export type ProfileShape = z.infer<typeof profileShape>;
