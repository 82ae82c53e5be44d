import { z } from 'zod';

/** Whether calls are recorded where the callee agrees, and how long that is kept. */
export const recordingPolicySchema = z.strictObject({
  /** Whether callees are asked at all. */
  records: z.boolean(),
  /** Days after which a recording is deleted; counted from when it was stored. */
  keptDays: z.number().int().min(1).max(3_650),
});
export type RecordingPolicy = z.infer<typeof recordingPolicySchema>;
