import { z } from 'zod';

/** What a persona knows of a user, with where it comes from. */
export const memoryShape = z.object({
  id: z.uuid(),
  persona: z.string(),
  category: z.string(),
  slot: z.string().nullable(),
  text: z.string(),
  status: z.enum(['active', 'superseded', 'pending_review', 'expired']),
  validFrom: z.iso.datetime().nullable(),
  validTo: z.iso.datetime().nullable(),
  recordedAt: z.iso.datetime(),
  supersededBy: z.uuid().nullable(),
  source: z.string(),
  callId: z.uuid().nullable(),
  quote: z.string().nullable(),
  pinned: z.boolean(),
});
export type MemoryShape = z.infer<typeof memoryShape>;
export const memoriesShape = z.object({ memories: z.array(memoryShape) });
