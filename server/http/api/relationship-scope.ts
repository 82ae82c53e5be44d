import { z } from 'zod';
import type { Actor } from '../../../db/connection.ts';
import type { Scope } from '../../memory/scope.ts';
import type { Personas } from '../../persona/personas.ts';
import { subjectOf } from './budgets.ts';

/** How requests say whose relationship with which persona they are about. */

export const personaSlug = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'a persona, such as brad');
export const ofPersona = z.object({ id: personaSlug });
export const ofUser = z.object({ userId: z.uuid().optional() });

/** Whose memory of whom; an unknown persona is said to be unknown. @throws RingbackError as `Personas.current`, `subjectOf`. */
export async function scopeOf(
  personas: Personas,
  actor: Actor,
  persona: string,
  userId: string | undefined,
): Promise<Scope> {
  await personas.current(persona);
  return { userId: subjectOf(actor, userId), persona };
}
