import { z } from 'zod';
import { MEMORY_CATEGORIES } from '../../db/schema/memory.ts';

/**
 * What a user allows one persona to do with what it remembers of them: the keys of `memory_config`. Every key has a
 * default, so that an empty object is a whole config; a key that is not here is refused.
 */
export const memoryConfig = z.strictObject({
  /** true: nothing new is learned from calls. What is known stays, and can be used. */
  paused: z.boolean().default(false),
  /** How many of the last calls the persona looks back at. */
  recent_calls: z.number().int().min(0).max(10).default(10),
  /** Categories that it may neither learn nor bring up. */
  hidden_categories: z.array(z.enum(MEMORY_CATEGORIES)).max(5).default([]),
  /** true: health, faith, money and the like may be in the prompt; they can be searched for either way. */
  allow_sensitive: z.boolean().default(false),
  /** Tokens of memory in the prompt; the user's budget may allow less. */
  max_tokens: z.number().int().min(0).max(100_000).optional(),
  /** true: the persona may begin with what was said last time, once it knows who answered. */
  personal_first_message: z.boolean().default(true),
});

export type MemoryConfig = z.infer<typeof memoryConfig>;
