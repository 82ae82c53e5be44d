import { z } from 'zod';

/** The front matter of a persona's file, and what an admin may change. */
export const personaSettings = z.object({
  name: z.string().min(1),
  onBehalfOf: z.string().min(1),
  voice: z.string().min(1),
  template: z.enum(['supportive', 'accountability', 'celebration']),
  traits: z.array(z.string()),
  /** How quickly it takes its turn and gives it up. */
  turnTaking: z.enum(['conservative', 'balanced', 'aggressive']).default('balanced'),
  /** For adults alone, such as a romantic one: minors are not called by it. */
  adultsOnly: z.boolean().optional(),
  /** How it says that the budget runs low; without it, the house's words. */
  budgetNotice: z.string().min(1).optional(),
});

export type PersonaSettings = z.infer<typeof personaSettings>;
