import { z } from 'zod';

/** Who is signed in. */
export const sessionShape = z.discriminatedUnion('role', [
  z.object({
    role: z.literal('admin'),
    /** Whether there is a phone in the browser, and people in the sandbox whom personas can call. */
    devPhone: z.boolean(),
    examples: z.boolean(),
  }),
  z.object({ role: z.literal('user'), userId: z.uuid(), displayName: z.string() }),
]);
export type SessionShape = z.infer<typeof sessionShape>;
export type AdminSession = Extract<SessionShape, { role: 'admin' }>;

/** An error as every route tells it (RFC 9457); `detail` says what to do. */
export const problemShape = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
});
export type ProblemShape = z.infer<typeof problemShape>;
