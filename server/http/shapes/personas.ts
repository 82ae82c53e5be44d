import { z } from 'zod';
import { personaSettings } from '../../persona/persona-settings.ts';

/** Personas, and what each is to a user. */

export const personaShape = personaSettings.extend({
  slug: z.string(),
  description: z.string(),
  version: z.number().int(),
});
export type PersonaShape = z.infer<typeof personaShape>;
export const personasShape = z.object({ personas: z.array(personaShape) });

export const relationshipShape = z.object({
  user_id: z.uuid(),
  persona_id: z.string(),
  relationship_type: z.string(),
  custom_system_prompt: z.string().nullable(),
  memory_config: z.object({
    paused: z.boolean(),
    recent_calls: z.number().int(),
    hidden_categories: z.array(z.string()),
    allow_sensitive: z.boolean(),
    personal_first_message: z.boolean(),
  }),
  total_calls: z.number(),
  total_minutes: z.number(),
  last_call_at: z.iso.datetime().nullable(),
});
export type RelationshipShape = z.infer<typeof relationshipShape>;

/** What a persona would be told about a user if it called now. */
export const promptShape = z.object({
  full_prompt: z.string(),
  token_count: z.number().int(),
  sections: z.record(z.string(), z.number().int()),
  memory_ids: z.array(z.uuid()),
  first_message: z.string().nullable(),
});
export type PromptShape = z.infer<typeof promptShape>;
