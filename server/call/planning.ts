import type { Actor } from '../../db/connection.ts';
import type { Clock } from '../clock.ts';
import type { Suppressions } from '../dialing/suppressions.ts';
import { RingbackError } from '../errors.ts';
import type { PlannedCall } from '../payments/funding.ts';
import { type Briefing, brief } from '../persona/briefing.ts';
import { NO_VOICE, type Persona } from '../persona/persona.ts';
import type { Personas } from '../persona/personas.ts';
import type { PersonaRelationshipManager } from '../persona/relationships.ts';
import type { Carrier } from './ports.ts';
import type { CallRow, CallStore } from './store.ts';

export interface PlaceCallRequest {
  to: string;
  displayName: string;
  persona: string;
}

export interface PlanningParts {
  store: CallStore;
  personas: Personas;
  relationships: PersonaRelationshipManager;
  carrier: Carrier;
  suppressions: Suppressions;
  clock: Clock;
  /** The only numbers that may be rung, while money is pretended in a live process; null for no such limit. */
  onlyNumbers: readonly string[] | null;
}

/**
 * What a call will be, before there is one: checks the request and composes what will be said.
 * @throws RingbackError `number_not_allowed`, `number_suppressed`, `persona_unknown` or `persona_silent`.
 */
export async function planCall(
  parts: PlanningParts,
  actor: Actor,
  request: PlaceCallRequest,
): Promise<{ plan: PlannedCall; briefing: Briefing }> {
  const { store, carrier, onlyNumbers, personas } = parts;
  if (onlyNumbers !== null && !onlyNumbers.includes(request.to)) {
    throw new RingbackError(
      'number_not_allowed',
      'This process runs on pretended money and may not ring this number.',
      { remedy: 'Add the number to SANDBOX_MONEY_NUMBERS, or configure Stripe.' },
    );
  }
  await parts.suppressions.assertNotSuppressed(request.to);
  const persona = await personas.current(request.persona);
  if (persona.voice === NO_VOICE)
    throw new RingbackError('persona_silent', `${request.persona} is a memory alone and makes no calls.`, {
      remedy: 'Choose one of GET /api/personas.',
    });
  const user = await store.ensureUser(actor, request.to, request.displayName);
  const briefing = await briefFor(parts, persona, user.id, 'outbound');
  const plan: PlannedCall = {
    userId: user.id,
    persona: persona.slug,
    direction: 'outbound',
    toNumber: request.to,
    fromNumber: carrier.fromNumber,
  };
  return { plan, briefing };
}

/** The briefing of a call that another instance planned, or that was planned long ago. */
export async function briefCall(parts: PlanningParts, call: CallRow): Promise<Briefing> {
  return briefFor(parts, await parts.personas.current(call.persona), call.userId, call.direction);
}

/** What the persona has to know for a call with this user, what it remembers of them included. */
async function briefFor(
  { relationships, clock }: PlanningParts,
  persona: Persona,
  userId: string,
  direction: 'outbound' | 'inbound',
): Promise<Briefing> {
  await relationships.getOrCreateRelationship(userId, persona.slug);
  const { core_prompt: core, full_prompt: remembered } = await relationships.buildCompositePrompt(
    userId,
    persona.slug,
    persona.description,
    persona.traits,
  );
  const callee = await relationships.calleeOf(userId, persona.slug);
  return brief(persona, { ...callee, core, remembered }, direction, clock.wallMs());
}
