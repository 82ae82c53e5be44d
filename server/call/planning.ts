import type { Actor, Transaction } from '../../db/connection.ts';
import type { Clock } from '../clock.ts';
import { type Consents, giveConsent } from '../dialing/consents.ts';
import type { Pins } from '../dialing/pins.ts';
import { RingbackError } from '../errors.ts';
import type { PlannedCall } from '../payments/funding.ts';
import { type Briefing, brief } from '../persona/briefing.ts';
import { NO_VOICE, type Persona } from '../persona/persona.ts';
import type { Personas } from '../persona/personas.ts';
import type { PersonaRelationshipManager } from '../persona/relationships.ts';
import { ensureUser } from './callee.ts';
import { type CallRow, theirNumber } from './store.ts';

export interface PlaceCallRequest {
  to: string;
  displayName: string;
  persona: string;
  /** IANA name; taken where nobody has told the callee's zone before. */
  timeZone?: string;
  /** Whether the callee is of age; taken where nobody has told it before. */
  ageBand?: 'adult' | 'minor';
  /** The words to which the callee agreed, as the asker attests. */
  consent?: string;
  /** How often it is tried again when nobody picks up. */
  retries?: number;
  /** The occurrence of a schedule that it is for, and when it is due: not before. */
  scheduled?: { runId: string; dueAt: Date };
}

export interface PlanningParts {
  personas: Personas;
  relationships: PersonaRelationshipManager;
  consents: Consents;
  pins: Pins;
  /** Whether a callee is asked if calls may be recorded, has agreed to it, or is not recorded. */
  recordingOf(callee: {
    phoneNumber: string;
    ageBand: 'adult' | 'minor' | null;
  }): Promise<'ask' | 'agreed' | null>;
  clock: Clock;
}

/** @throws RingbackError `persona_unknown` or `persona_silent`. */
export async function speakingPersona(personas: Personas, name: string): Promise<Persona> {
  const persona = await personas.current(name);
  if (persona.voice !== NO_VOICE) return persona;
  throw new RingbackError('persona_silent', `${name} is a memory alone and makes no calls.`, {
    remedy: 'Choose one of GET /api/personas.',
  });
}

const WORD_OF_THE_ASKER = 'The one who asked for the call attests that the callee agreed to it.';

/**
 * Finds or adds the callee, with what the request says of them. In the transaction of the gate, so that a call that is
 * refused leaves nothing of them behind.
 * @param attests whether asking for the call is itself the asker's word that the callee agreed.
 */
export async function calleeOf(
  tx: Transaction,
  actor: Actor,
  { to, displayName, timeZone, ageBand, consent }: PlaceCallRequest,
  attests: boolean,
): Promise<string> {
  const { id } = await ensureUser(tx, to, displayName, {
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(ageBand === undefined ? {} : { ageBand }),
  });
  const textShown = consent ?? (attests ? WORD_OF_THE_ASKER : null);
  if (textShown !== null)
    await giveConsent(tx, {
      phoneNumber: to,
      kind: 'calls',
      given: 'attested',
      textShown,
      attestedBy: actor.kind === 'admin' ? actor.tokenId : actor.kind,
    });
  return id;
}

export function planOf(request: PlaceCallRequest, userId: string, fromNumber: string): PlannedCall {
  return {
    userId,
    persona: request.persona,
    direction: 'outbound',
    toNumber: request.to,
    fromNumber,
    maxAttempts: 1 + (request.retries ?? 0),
    ...(request.scheduled === undefined
      ? {}
      : { scheduleRunId: request.scheduled.runId, dialAfter: request.scheduled.dueAt }),
  };
}

/** What the persona has to know for a call, what it remembers of its user included. Any instance can make it. */
export async function briefCall(
  { personas, relationships, consents, pins, recordingOf, clock }: PlanningParts,
  {
    persona: slug,
    userId,
    direction,
    toNumber,
    fromNumber,
    verifiedBy,
  }: Pick<CallRow, 'persona' | 'userId' | 'direction' | 'toNumber' | 'fromNumber' | 'verifiedBy'>,
): Promise<Briefing> {
  const persona = await personas.current(slug);
  await relationships.getOrCreateRelationship(userId, slug);
  const { core_prompt: core, full_prompt: remembered } = await relationships.buildCompositePrompt(
    userId,
    slug,
    persona.description,
    persona.traits,
  );
  const callee = await relationships.calleeOf(userId, slug);
  const isCertain = direction === 'outbound' || verifiedBy !== null;
  const canProve = isCertain ? null : await proofOf(pins, userId);
  const takesMessages = direction === 'outbound' && (await consents.has(toNumber, 'voicemail'));
  const phoneNumber = theirNumber({ direction, toNumber, fromNumber });
  const recording = await recordingOf({ phoneNumber, ageBand: callee.ageBand });
  const known = { ...callee, core, remembered, takesMessages, canProve, recording };
  return brief(persona, known, direction, clock.wallMs());
}

async function proofOf(pins: Pins, userId: string): Promise<'pin' | 'call-back'> {
  return (await pins.isUsable(userId)) ? 'pin' : 'call-back';
}
