import type { Actor } from '../../db/connection.ts';
import { RingbackError } from '../errors.ts';
import type { PlannedCall } from '../payments/funding.ts';
import { type Briefing, brief } from '../persona/briefing.ts';
import { loadPersona } from '../persona/persona.ts';
import type { Carrier } from './ports.ts';
import type { CallRow, CallStore } from './store.ts';

export interface PlaceCallRequest {
  to: string;
  displayName: string;
  persona: string;
}

export interface PlanningParts {
  store: CallStore;
  carrier: Carrier;
  /** The only numbers that may be rung, while money is pretended in a live process; null for no such limit. */
  onlyNumbers: readonly string[] | null;
}

/**
 * What a call will be, before there is one: checks the request and composes what will be said.
 * @throws RingbackError `number_not_allowed` or `persona_unknown`.
 */
export async function planCall(
  { store, carrier, onlyNumbers }: PlanningParts,
  actor: Actor,
  request: PlaceCallRequest,
): Promise<{ plan: PlannedCall; briefing: Briefing }> {
  if (onlyNumbers !== null && !onlyNumbers.includes(request.to)) {
    throw new RingbackError(
      'number_not_allowed',
      'This process runs on pretended money and may not ring this number.',
      { remedy: 'Add the number to SANDBOX_MONEY_NUMBERS, or configure Stripe.' },
    );
  }
  const persona = await loadPersona(request.persona);
  const briefing = await brief(persona, { displayName: request.displayName }, 'outbound');
  const user = await store.ensureUser(actor, request.to, request.displayName);
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
export async function briefCall(store: CallStore, call: CallRow): Promise<Briefing> {
  const callee = await store.calleeOf(call.id);
  const displayName = callee?.displayName ?? 'there';
  return brief(await loadPersona(call.persona), { displayName }, call.direction);
}
