import type { Actor, Database } from '../../db/connection.ts';
import { type CallerFacts, factsOfCaller, type KnownCaller } from '../dialing/callers.ts';
import type { Consents } from '../dialing/consents.ts';
import type { DialSettings } from '../dialing/house-settings.ts';
import { describeError, RingbackError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { nameOf } from '../persona/persona.ts';
import type { CallBackOffers } from './call-back-offers.ts';
import type { Dialer } from './dialer.ts';

export interface CallMeParts {
  db: Database;
  settings: DialSettings;
  consents: Consents;
  dialer: Dialer;
  offers: CallBackOffers;
  log: Logger;
}

const SYSTEM: Actor = { kind: 'system', purpose: 'call somebody who texted for it' };
/** Why nobody calls now, in words for them; everything else is ours to look at. */
const NOT_NOW: Readonly<Record<string, string>> = {
  quiet_hours: 'It is outside the hours at which you are called. Text CALL ME again within them.',
  zone_unknown: 'We do not know what time it is where you are, so nobody calls. Set your time zone first.',
  on_the_line: 'You are in a call already.',
  too_many_attempts: 'You were called as often as we call anybody within a day. Try again tomorrow.',
  too_soon: 'We rang you a moment ago. Text CALL ME again in some minutes.',
  budget_exhausted: 'What may be spent on your calls is used up for now.',
};
const NOT_AT_PRESENT = 'We cannot call you at present. Please try again later.';

/** Somebody we know texts that they want to be called: under a mandate, at the house's expense, or by a link to approve. */
export class CallMe {
  readonly #parts: CallMeParts;

  constructor(parts: CallMeParts) {
    this.#parts = parts;
  }

  /** @returns what to answer; null for a stranger, who is not answered, and where a text with a link is the answer. */
  async answer(from: string, wrote: string): Promise<string | null> {
    const { db, settings, consents, log } = this.#parts;
    const facts = await factsOfCaller(db, settings, from);
    if (facts.known === null) return null;
    if (facts.known.suppressed) return 'You wanted no calls. Reply START first if you want them again.';
    // Written on that phone, and asked for in so many words: both are shown by it.
    await consents.give({
      phoneNumber: from,
      kind: 'calls',
      given: 'text',
      textShown: `They wrote: ${wrote}`,
    });
    await consents.prove(from, 'text');
    try {
      return await this.#call(from, facts.known, facts);
    } catch (error) {
      const words = error instanceof RingbackError ? NOT_NOW[error.code] : undefined;
      if (words === undefined) log.warn({ problem: describeError(error) }, 'somebody could not be called');
      return words ?? NOT_AT_PRESENT;
    }
  }

  async #call(from: string, known: KnownCaller, { policy }: CallerFacts): Promise<string | null> {
    const { dialer, offers } = this.#parts;
    const { persona } = known;
    const request = { to: from, displayName: known.displayName, persona };
    if (known.mandateId !== null) await dialer.placeUnderMandate(SYSTEM, request, known.mandateId);
    else if (policy.paysKnownCallers) await dialer.place(SYSTEM, request);
    else {
      await offers.offer(from, known, persona, 'texted');
      return known.hasOpenOffer ? 'Approve the call with the link that we texted you.' : null;
    }
    return `${nameOf(persona)} is calling you.`;
  }
}
