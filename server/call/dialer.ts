import type { Actor, Transaction } from '../../db/connection.ts';
import { sleep } from '../clock.ts';
import { EMPTY_BILL } from '../cost/bill.ts';
import { longestCallSeconds } from '../cost/budget.ts';
import type { CallTerms } from '../cost/terms.ts';
import { type Attempt, type Attempts, claimAttempt, postpone } from '../dialing/attempts.ts';
import type { DialQuestion } from '../dialing/facts.ts';
import { type DialGate, DialRefused } from '../dialing/gate.ts';
import type { DialSettings } from '../dialing/house-settings.ts';
import { PASSING_RULES, ROOM_RULES } from '../dialing/rules.ts';
import { RingbackError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Funding, PayerQuestion } from '../payments/funding.ts';
import { searchLostDial } from './lost-dials.ts';
import type { OngoingCalls } from './ongoing.ts';
import { calleeOf, type PlaceCallRequest, type PlanningParts, planOf, speakingPersona } from './planning.ts';
import type { Carrier } from './ports.ts';
import type { Preparation } from './preparation.ts';
import type { CallRow, CallStore } from './store.ts';

export interface DialerParts extends PlanningParts {
  store: CallStore;
  ongoing: OngoingCalls;
  gate: DialGate;
  /** Whether this process could carry another call in time. */
  hasRoom(): boolean;
  attempts: Attempts;
  settings: DialSettings;
  funding: Funding;
  carrier: Carrier;
  preparation: Preparation;
  log: Logger;
}

/** So long until a call is tried again that something passing stood in the way of. */
const WAIT_MS = 60_000;
/** The same where there was no room for it; another instance may take it. */
const ROOM_WAIT_MS = 5_000;

/** Makes calls, from the wish to a phone that rings: every one of them through the gate, and each attempt once. */
export class Dialer {
  readonly #parts: DialerParts;
  #closed = false;

  constructor(parts: DialerParts) {
    this.#parts = parts;
  }

  /**
   * Plans a call that the house pays for, and rings the number; behind many others, and where there is no room for it,
   * it waits for its turn.
   * @throws DialRefused; RingbackError of the persona, of the budget, or `dial_failed`.
   */
  async place(actor: Actor, request: PlaceCallRequest): Promise<CallRow> {
    if (!this.#parts.hasRoom()) return this.#placeLater(actor, request);
    const { funding } = this.#parts;
    try {
      const placed = await this.#plan('dial', actor, request, null, async (tx, plan, callsPerSecond) => {
        const { call, terms } = await funding.sponsor(tx, plan);
        return { call, terms, attempt: await claimAttempt(tx, call.id, callsPerSecond) };
      });
      if (placed.attempt === null) return this.#parts.store.get(placed.call.id);
      await this.#ring(placed.attempt, placed.terms);
      return placed.attempt.call;
    } catch (error) {
      if (error instanceof DialRefused && ROOM_RULES.has(error.code)) return this.#placeLater(actor, request);
      throw error;
    }
  }

  async #placeLater(actor: Actor, request: PlaceCallRequest): Promise<CallRow> {
    const { call } = await this.#plan('hold', actor, request, null, async (tx, plan) => {
      const funded = await this.#parts.funding.sponsor(tx, plan);
      await postpone(tx, funded.call.id, ROOM_WAIT_MS);
      return funded;
    });
    return this.#parts.store.get(call.id);
  }

  /** Plans a call that waits for a payer's yes. It is dialled when the money is held. */
  async offer(
    actor: Actor,
    request: PlaceCallRequest,
    question: PayerQuestion,
  ): Promise<{ call: CallRow; linkToken: string }> {
    const payerId = 'id' in question.payer ? question.payer.id : null;
    return this.#plan('ask', actor, request, payerId, (tx, plan) =>
      this.#parts.funding.askPayer(tx, plan, question),
    );
  }

  /** Plans a call that its payer approved beforehand. It is dialled when the money is held. */
  async placeUnderMandate(
    actor: Actor,
    request: PlaceCallRequest,
    mandateId: string,
  ): Promise<{ call: CallRow; linkToken: string }> {
    const { funding } = this.#parts;
    const payerId = await funding.payerOfMandate(mandateId);
    return this.#plan('hold', actor, request, payerId, (tx, plan) =>
      funding.underMandate(tx, plan, mandateId),
    );
  }

  /** Before a payer's money is held: whether the call could be made now. @throws DialRefused. */
  async assertMayRing(callId: string): Promise<void> {
    await this.#parts.gate.assertAllowed('hold', await this.#questionOf(callId));
  }

  /**
   * Rings the number of a call whose time has come. Does nothing when somebody else has, it was given up, or others
   * are before it; ends it when it may not be made any more, and lets its money go.
   */
  async dial(callId: string): Promise<void> {
    this.#assertOpen();
    const { gate, settings, funding } = this.#parts;
    if ((await this.#parts.store.get(callId)).direction === 'inbound') return; // its money is held, and it rings us
    if (!this.#parts.hasRoom() && (await this.#parts.attempts.wait(callId, ROOM_WAIT_MS))) return;
    const { callsPerSecond } = (await settings.policy()).value;
    try {
      const question = await this.#questionOf(callId);
      const { attempt } = await gate.pass('dial', question, async (tx) => ({
        callId,
        attempt: await claimAttempt(tx, callId, callsPerSecond),
      }));
      if (attempt !== null) await this.#ring(attempt, await funding.termsOf(callId));
    } catch (error) {
      if (!(error instanceof DialRefused)) throw error;
      const waitMs = ROOM_RULES.has(error.code) ? ROOM_WAIT_MS : WAIT_MS;
      if (PASSING_RULES.has(error.code) && (await this.#parts.attempts.wait(callId, waitMs))) return;
      await this.#parts.store.end(callId, 'waiting', error.code, EMPTY_BILL);
    }
  }

  /** The carrier's last word on an attempt that nobody answered: it is tried again, or the call is over. */
  async onUnanswered(call: CallRow, outcome: string): Promise<void> {
    const { attempts, ongoing, log } = this.#parts;
    const nextAt = await attempts.retry(call, outcome);
    if (nextAt === null) return this.endUnanswered(call.id, outcome);
    log.info({ callId: call.id, outcome, nextAt }, 'nobody picked up; the call is tried again');
    const waiting = ongoing.get(call.id);
    waiting?.feed.publish({ type: 'state', state: 'planned' });
    ongoing.rest(call.id);
    await this.#parts.preparation.letGo(call.id);
  }

  /** The call is over before anybody spoke: nothing is billed, and what is held is let go. */
  async endUnanswered(callId: string, reason: string): Promise<void> {
    const { ongoing, store } = this.#parts;
    ongoing.get(callId)?.stopWarmUp();
    if (!(await store.end(callId, 'unanswered', reason, EMPTY_BILL))) return;
    await this.#parts.preparation.letGo(callId);
    ongoing.finish(callId, reason, EMPTY_BILL);
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Takes no new calls. */
  close(): void {
    this.#closed = true;
  }

  #assertOpen(): void {
    if (!this.#closed) return;
    throw new RingbackError('draining', 'This server is shutting down and takes no new calls.', {
      remedy: 'Send the request to another instance, or try again in a minute.',
    });
  }

  async #plan<T extends { call: CallRow }>(
    stage: 'ask' | 'hold' | 'dial',
    actor: Actor,
    request: PlaceCallRequest,
    payerId: string | null,
    fund: (tx: Transaction, plan: ReturnType<typeof planOf>, callsPerSecond: number) => Promise<T>,
  ): Promise<T> {
    this.#assertOpen();
    const { gate, personas, settings, carrier } = this.#parts;
    await speakingPersona(personas, request.persona);
    const { value: policy } = await settings.policy();
    const question: DialQuestion = {
      to: request.to,
      persona: request.persona,
      payerId,
      callId: null,
      ...(request.scheduled === undefined ? {} : { dueAt: request.scheduled.dueAt }),
    };
    let userId = '';
    const { funded } = await gate.pass(
      stage,
      question,
      async (tx) => {
        const done = await fund(tx, planOf(request, userId, carrier.fromNumber), policy.callsPerSecond);
        return { callId: done.call.id, funded: done };
      },
      async (tx) => {
        userId = await calleeOf(tx, actor, request, policy.adminCallAttests);
      },
    );
    return funded;
  }

  async #questionOf(callId: string): Promise<DialQuestion> {
    const { store, funding } = this.#parts;
    const { toNumber, persona, dialAfter } = await store.get(callId);
    const dueAt = dialAfter === null ? {} : { dueAt: dialAfter };
    return { to: toNumber, persona, payerId: await funding.payerOf(callId), callId, ...dueAt };
  }

  async #ring({ call, waitMs }: Attempt, terms: CallTerms): Promise<void> {
    const { carrier, attempts, preparation, clock } = this.#parts;
    const dialAtMs = clock.nowMs() + waitMs;
    const briefing = await preparation.prepare(call, terms);
    await sleep(clock, Math.max(0, dialAtMs - clock.nowMs()));
    const result = await carrier.dial({
      callId: call.id,
      attempt: call.attempts,
      to: call.toNumber,
      timeLimitSeconds: longestCallSeconds(terms, 'outbound'),
      awaitsTone: briefing.config.voicemail !== '',
    });
    switch (result.kind) {
      case 'dialed':
        return attempts.dialed(call.id, call.attempts, result.carrierSid);
      case 'unknown':
        await attempts.note(call.id, call.attempts, 'unknown', 'answer lost');
        return this.#search(call, result.problem);
      case 'refused':
        await attempts.note(call.id, call.attempts, 'refused', result.code);
        return this.#giveUp(call.id, 'dial-failed', result.problem, result.remedy);
      default:
        return result satisfies never;
    }
  }

  /** Nobody knows whether the phone rings: it is looked for. Not found, it was not rung. */
  async #search(call: CallRow, problem: string): Promise<void> {
    const found = await searchLostDial(this.#parts, call, problem);
    if (found === 'unreachable') this.#parts.ongoing.forget(call.id); // left to the sweep of calls without a process
    if (found !== 'nowhere') return;
    await this.#parts.attempts.note(call.id, call.attempts, 'refused', 'not at the carrier');
    await this.#giveUp(call.id, 'dial-lost', problem, 'Try again.');
  }

  async #giveUp(callId: string, reason: string, problem: string, remedy: string): Promise<never> {
    await this.endUnanswered(callId, reason);
    throw new RingbackError('dial_failed', `The carrier did not ring the number: ${problem}`, {
      callId,
      remedy: `${remedy} Nothing was charged.`,
    });
  }
}
