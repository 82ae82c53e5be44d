import type { Actor } from '../../db/connection.ts';
import type { Asking } from '../dialing/asking.ts';
import type { KnownCaller } from '../dialing/callers.ts';
import { describeError, RingbackError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { nameOf } from '../persona/persona.ts';
import type { Dialer } from './dialer.ts';

export interface CallBackOfferParts {
  dialer: Dialer;
  asking: Asking;
  /** Texts a link with which a call can be approved. */
  textApprovalLink(to: string, text: string): Promise<void>;
  publicBaseUrl: string;
  log: Logger;
}

const OFFER_VALID_MS = 60 * 60_000;
const SYSTEM: Actor = { kind: 'system', purpose: 'offer a call back' };
/** They have not agreed to be called, or not from this phone: their YES to a question is both. */
const TO_BE_ASKED = new Set(['consent_missing', 'number_unproven', 'age_unknown']);

/** For somebody who wants to talk and for whose call nobody pays: a text with a link; approved, the persona calls. */
export class CallBackOffers {
  readonly #parts: CallBackOfferParts;

  constructor(parts: CallBackOfferParts) {
    this.#parts = parts;
  }

  /** Not while another such link waits, nor against their STOP. Never rejects. */
  async offer(from: string, known: KnownCaller, persona: string, how: 'called' | 'texted'): Promise<void> {
    if (known.hasOpenOffer || known.suppressed) return;
    const name = nameOf(persona);
    try {
      await this.#sendLink(from, known, persona, how);
    } catch (error) {
      if (error instanceof RingbackError && TO_BE_ASKED.has(error.code))
        return this.#ask(from, name, known.displayName);
      this.#parts.log.warn(
        { problem: describeError(error) },
        'a caller could not be sent a link to approve a call back',
      );
    }
  }

  async #sendLink(
    from: string,
    { displayName }: KnownCaller,
    persona: string,
    how: 'called' | 'texted',
  ): Promise<void> {
    const { dialer, textApprovalLink, publicBaseUrl } = this.#parts;
    const name = nameOf(persona);
    const { linkToken } = await dialer.offer(
      SYSTEM,
      { to: from, displayName, persona },
      {
        payer: { name: displayName, phoneNumber: from },
        capCents: undefined,
        validMs: OFFER_VALID_MS,
        textShown: () => `${name}, an AI persona, calls ${displayName} back.`,
      },
    );
    await textApprovalLink(
      from,
      `You ${how} ${name}. To have ${name}, an AI, call you back, approve what it may cost: ${publicBaseUrl}/pay/${linkToken} Reply STOP for no more texts and calls.`,
    );
  }

  async #ask(from: string, name: string, displayName: string): Promise<void> {
    const { asking, log } = this.#parts;
    await asking
      .ask(from, name, displayName)
      .catch((error: unknown) =>
        log.info(
          { problem: describeError(error) },
          'a caller was not asked whether they agree to a call back',
        ),
      );
  }
}
