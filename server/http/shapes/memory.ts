import { z } from 'zod';

/** What a persona knows of a user, with where it comes from. */
export const memoryShape = z.object({
  id: z.uuid(),
  /** Empty: every persona of the user may know it. */
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

const contentShape = z.object({ text: z.string() }).nullable();

/** What was done to a memory. */
export const memoryHistoryShape = z.object({
  changes: z.array(
    z.object({
      id: z.number().int(),
      memoryId: z.uuid(),
      operation: z.enum(['add', 'confirm', 'supersede', 'edit', 'pin', 'forget', 'expire']),
      /** extraction, user, persona, admin or import. */
      actor: z.string(),
      callId: z.uuid().nullable(),
      before: contentShape,
      after: contentShape,
      at: z.iso.datetime(),
    }),
  ),
});
export type MemoryChangeShape = z.infer<typeof memoryHistoryShape>['changes'][number];

/** What a user has promised a persona. */
export const promiseShape = z.object({
  id: z.uuid(),
  persona: z.string(),
  promise: z.string(),
  dueAt: z.iso.datetime().nullable(),
  status: z.enum(['open', 'kept', 'broken', 'moved']),
  callId: z.uuid().nullable(),
  quote: z.string().nullable(),
  createdAt: z.iso.datetime(),
  settledAt: z.iso.datetime().nullable(),
});
export type PromiseShape = z.infer<typeof promiseShape>;
export const promisesShape = z.object({ commitments: z.array(promiseShape) });

/** What has all of a phrase's telling words. */
export const matchesShape = z.object({
  memories: z.array(z.object({ id: z.uuid(), text: z.string() })),
  lines: z.array(z.object({ id: z.string(), speaker: z.string(), text: z.string() })),
});
export type MatchesShape = z.infer<typeof matchesShape>;
