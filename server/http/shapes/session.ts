import { z } from 'zod';

/** Who is signed in. */
export const sessionShape = z.discriminatedUnion('role', [
  z.object({ role: z.literal('admin') }),
  z.object({ role: z.literal('user'), userId: z.uuid(), displayName: z.string() }),
]);
export type SessionShape = z.infer<typeof sessionShape>;

/** An error as every route tells it (RFC 9457); `detail` says what to do. */
export const problemShape = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
});
export type ProblemShape = z.infer<typeof problemShape>;
