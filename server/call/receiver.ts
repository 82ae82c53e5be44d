import type { Actor, Database, Transaction } from '../../db/connection.ts';
import type { CallTerms } from '../cost/terms.ts';
import { isBarredMinor } from '../dialing/age.ts';
import { type CallerFacts, factsOfCaller, type KnownCaller } from '../dialing/callers.ts';
import type { DialSettings } from '../dialing/house-settings.ts';
import { describeError, RingbackError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Funding, PlannedCall } from '../payments/funding.ts';
import type { CallBackOffers } from './call-back-offers.ts';
import { ensureUser } from './callee.ts';
import type { Dialer } from './dialer.ts';
import type { Carrier } from './ports.ts';
import type { Preparation } from './preparation.ts';
import type { CallRow, CallStore } from './store.ts';

/** Somebody rings our number. */
export interface RingingCall {
  carrierSid: string;
  from: string;
  /** The caller's carrier vouches that the number is theirs (STIR/SHAKEN, attestation A). */
  isAttested: boolean;
}

export type Reception =
  | { kind: 'answer'; callId: string; userId: string; token: string }
  /** Unanswered: the carrier bills nothing, and no vendor hears of it. */
  | { kind: 'reject'; reason: 'rejected' | 'busy' };

export interface ReceiverParts {
  db: Database;
  store: CallStore;
  settings: DialSettings;
  funding: Funding;
  dialer: Dialer;
  preparation: Preparation;
  /** Whether this process could carry another call in time. */
  hasRoom(): boolean;
  /** As many calls as the vendors' plans allow at once, over all instances; null for no such limit. */
  vendorCeiling: number | null;
  carrier: Carrier;
  /** Holds a mandate's money for a call, now; resolves to whether it is held. */
  holdNow(callId: string): Promise<boolean>;
  issueStreamToken(callId: string, attempt: number): Promise<string>;
  /** For somebody who cannot be answered. */
  offers: CallBackOffers;
  log: Logger;
}

const FIRST_ATTEMPT = 1;
const STRANGER = 'there';
const SYSTEM: Actor = { kind: 'system', purpose: 'take a call' };
/** Nobody pays for another call now: the money's own refusals. */
const UNPAID = new Set(['budget_exhausted', 'mandate_unusable', 'payer_blocked']);
const REJECTED: Reception = { kind: 'reject', reason: 'rejected' };
const BUSY: Reception = { kind: 'reject', reason: 'busy' };

/** Takes calls: decides unanswered who is answered and who pays; whoever nobody pays for costs nothing. */
export class Receiver {
  readonly #parts: ReceiverParts;

  constructor(parts: ReceiverParts) {
    this.#parts = parts;
  }

  /** Never throws: a caller for whom something fails hears busy. */
  async receive(ringing: RingingCall): Promise<Reception> {
    try {
      if (!this.#parts.hasRoom()) return BUSY;
      const facts = await factsOfCaller(this.#parts.db, this.#parts.settings, ringing.from);
      const { policy, known } = facts;
      if (this.#parts.dialer.isClosed || facts.paused) return BUSY;
      if (facts.inboundUnderWay >= policy.inboundAtOnce) return BUSY;
      if (facts.underWay >= (this.#parts.vendorCeiling ?? Number.POSITIVE_INFINITY)) return BUSY;
      if (facts.fromNumberLastHour >= policy.inboundPerNumberPerHour) return BUSY;
      if (known !== null && isBarredMinor(known.age, policy)) return REJECTED;
      if (known !== null) return await this.#answerKnown(ringing, known, facts);
      return policy.onboardsUnknownCallers ? await this.#onboard(ringing, facts) : REJECTED;
    } catch (error) {
      if (error instanceof RingbackError && UNPAID.has(error.code)) return REJECTED;
      this.#parts.log.error({ problem: describeError(error) }, 'a caller could not be answered');
      return BUSY;
    }
  }

  /** A call from the phone in the browser: whose it is is certain, and the house pays. Never throws. */
  async receiveFromBrowser(
    ringing: RingingCall,
    { displayName, persona }: { displayName: string; persona: string },
  ): Promise<Reception> {
    try {
      if (!this.#parts.hasRoom() || this.#parts.dialer.isClosed) return BUSY;
      const { paused } = await factsOfCaller(this.#parts.db, this.#parts.settings, ringing.from);
      if (paused) return BUSY;
      const user = await this.#parts.db.as(SYSTEM, (tx) => ensureUser(tx, ringing.from, displayName));
      return await this.#sponsor(ringing, this.#plan(ringing, user.id, persona), 'browser');
    } catch (error) {
      if (error instanceof RingbackError && UNPAID.has(error.code)) return REJECTED;
      this.#parts.log.error({ problem: describeError(error) }, 'a call from a browser could not be answered');
      return BUSY;
    }
  }

  async #answerKnown(ringing: RingingCall, known: KnownCaller, facts: CallerFacts): Promise<Reception> {
    const { funding } = this.#parts;
    const { persona } = known;
    const plan = this.#plan(ringing, known.userId, persona);
    const verifiedBy = ringing.isAttested && known.trustsAttestation ? 'attestation' : null;
    if (known.mandateId !== null) {
      const { mandateId } = known;
      const { call, terms } = await this.#open(ringing, verifiedBy, (tx) =>
        funding.underMandate(tx, plan, mandateId),
      );
      if (await this.#parts.holdNow(call.id)) return this.#answer(call, terms);
      await this.#parts.dialer.endUnanswered(call.id, 'hold-unusable');
      return REJECTED;
    }
    if (facts.policy.paysKnownCallers) return this.#sponsor(ringing, plan, verifiedBy);
    await this.#parts.offers.offer(ringing.from, known, persona, 'called');
    return REJECTED;
  }

  /** Somebody whom nobody knows, at the house's expense: a user from now on. */
  async #onboard(ringing: RingingCall, { policy }: CallerFacts): Promise<Reception> {
    const user = await this.#parts.db.as(SYSTEM, (tx) => ensureUser(tx, ringing.from, STRANGER));
    return this.#sponsor(ringing, this.#plan(ringing, user.id, policy.onboardingPersona), null);
  }

  async #sponsor(
    ringing: RingingCall,
    plan: PlannedCall,
    verifiedBy: CallRow['verifiedBy'],
  ): Promise<Reception> {
    const { call, terms } = await this.#open(ringing, verifiedBy, (tx) =>
      this.#parts.funding.sponsor(tx, plan),
    );
    return this.#answer(call, terms);
  }

  #plan({ from }: RingingCall, userId: string, persona: string): PlannedCall {
    const toNumber = this.#parts.carrier.fromNumber;
    return { userId, persona, direction: 'inbound', toNumber, fromNumber: from };
  }

  /** The row and its funding, in one transaction. */
  #open<T extends { call: CallRow; terms: CallTerms }>(
    { carrierSid }: RingingCall,
    verifiedBy: CallRow['verifiedBy'],
    fund: (tx: Transaction) => Promise<T>,
  ): Promise<T> {
    return this.#parts.db.as(SYSTEM, async (tx) => {
      const funded = await fund(tx);
      await this.#parts.store.ringsUs(tx, funded.call.id, carrierSid, verifiedBy);
      return funded;
    });
  }

  async #answer(call: CallRow, terms: CallTerms): Promise<Reception> {
    const { store, preparation, issueStreamToken } = this.#parts;
    await store.pickUp(call.id);
    await preparation.prepare(await store.get(call.id), terms);
    const token = await issueStreamToken(call.id, FIRST_ATTEMPT);
    return { kind: 'answer', callId: call.id, userId: call.userId, token };
  }
}
