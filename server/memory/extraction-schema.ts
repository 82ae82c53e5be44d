import { z } from 'zod';
import { MEMORY_CATEGORIES, MEMORY_SECTORS } from '../../db/schema/memory.ts';

const nullable = (length: number) => z.string().max(length).nullable();

/** A fact as the model proposes it. What becomes of it is decided by rules (`facts.ts`). */
export const proposedFact = z.strictObject({
  op: z.enum(['add', 'confirm', 'supersede', 'retract']),
  target_id: nullable(64),
  category: z.enum(MEMORY_CATEGORIES),
  sector: z.enum(MEMORY_SECTORS),
  slot: nullable(64),
  cardinality: z.enum(['one', 'many']),
  text: z.string().max(400),
  aliases: z.array(z.string().max(40)).max(8),
  source: z.enum(['stated', 'inferred', 'persona_said']),
  turns: z.array(z.number().int()).max(20),
  quote: z.string().max(300),
  valid_from: nullable(40),
  temporary_until: nullable(40),
  confidence: z.number().min(0).max(1),
  importance: z.number().int().min(1).max(5),
  sensitive: z.enum(['none', 'health', 'sexuality', 'religion', 'politics', 'finance', 'minor', 'other']),
});

/** What is asked of the model about a call. Vendors may not hold it to limits, so the answer is checked again here. */
export const callMemory = z.strictObject({
  summary: z.string().max(600),
  key_topics: z.array(z.string().max(60)).max(8),
  outcome: z.string().max(80),
  facts: z.array(proposedFact).max(40),
  storylines: z
    .array(
      z.strictObject({
        topic: z.string().max(80),
        status: z.enum(['open', 'waiting', 'closed']),
        last_state: z.string().max(300),
        next_expected: nullable(300),
        follow_up_after: nullable(40),
      }),
    )
    .max(10),
  commitments: z
    .array(
      z.strictObject({
        promise: z.string().max(300),
        due_at: nullable(40),
        status: z.enum(['open', 'kept', 'broken', 'moved']),
        quote: z.string().max(300),
      }),
    )
    .max(10),
  profile: z
    .array(
      z.strictObject({
        field: z.enum(['identity', 'goal', 'why', 'progress']),
        text: z.string().max(300),
        quote: z.string().max(300),
      }),
    )
    .max(10),
  first_message_hooks: z.array(z.string().max(160)).max(3),
});

export type ProposedFact = z.infer<typeof proposedFact>;
export type CallMemory = z.infer<typeof callMemory>;

/** The same as JSON Schema. Keywords that not every vendor's strict mode knows are left out. */
export function callMemorySchema(): Record<string, unknown> {
  return withoutLimits(z.toJSONSchema(callMemory)) as Record<string, unknown>;
}

const LIMITS = new Set([
  '$schema',
  'maxLength',
  'minLength',
  'maxItems',
  'minItems',
  'minimum',
  'maximum',
  'pattern',
]);

function withoutLimits(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutLimits);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key, value]) => !(LIMITS.has(key) && typeof value !== 'object'))
      .map(([key, value]) => [key, withoutLimits(value)]),
  );
}
