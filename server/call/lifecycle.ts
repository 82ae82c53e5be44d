import type { Actor } from '../../db/connection.ts';
import type { CancelTimer, Clock } from '../clock.ts';
import { type Bill, EMPTY_BILL } from '../cost/bill.ts';
import { longestCallSeconds } from '../cost/budget.ts';
import type { TellBudgetWarning } from '../cost/budget-notices.ts';
import type { BookHouseCosts } from '../cost/house-costs.ts';
import type { CallTerms } from '../cost/terms.ts';
import { CallCostTracker } from '../cost/tracker.ts';
import type { Usage } from '../cost/usage.ts';
import { noteOptOut } from '../dialing/suppressions.ts';
import { describeError, RingbackError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Funding, PayerQuestion } from '../payments/funding.ts';
import type { Briefing } from '../persona/briefing.ts';
import { hashOf, newSecret } from '../secrets.ts';
import type { EndReason } from './conversation/types.ts';
import type { CallFeed } from './feed.ts';
import { GroupCommit } from './group-commit.ts';
import { startHeartbeat } from './heartbeat.ts';
import { LiveCall, type Voices } from './live-call.ts';
import { type Ongoing, OngoingCalls } from './ongoing.ts';
import { briefCall, type PlaceCallRequest, type PlanningParts, planCall } from './planning.ts';
import type { CallMemory, PhoneLine } from './ports.ts';
import type { CallRecords } from './records.ts';
import type { CallRow } from './store.ts';
import { warmUp } from './warm-up.ts';

export interface CallsParts extends PlanningParts {
  records: CallRecords;
  funding: Funding;
  bookHouseCosts: BookHouseCosts;
  /** Begins to make what is remembered searchable. */
  openMemory(call: CallRow): CallMemory;
  tellBudgetWarning: TellBudgetWarning;
  voices: Voices;
  clock: Clock;
  log: Logger;
}

/** After the end, how long to wait for the carrier to say what it bills. */
const CARRIER_DURATION_WAIT_MS = 15_000;

/** The calls of this process, from planned to ended: places them, opens their streams and closes their books. */
export class Calls {
  readonly #parts: CallsParts;
  readonly #records: GroupCommit;
  readonly #ongoing: OngoingCalls;
  readonly #settling = new Set<Promise<void>>();
  #draining = false;
  readonly #stopHeartbeat: CancelTimer;

  constructor(parts: CallsParts) {
    this.#parts = parts;
    this.#ongoing = new OngoingCalls(parts.clock);
    this.#records = new GroupCommit(parts.clock, (batches) => parts.records.save(batches));
    this.#stopHeartbeat = startHeartbeat(parts, () => this.#ongoing.ids);
  }

  /** Plans a call that the house pays for, and rings the number. */
  async place(actor: Actor, request: PlaceCallRequest): Promise<CallRow> {
    this.#assertOpen();
    const { plan, briefing } = await planCall(this.#parts, actor, request);
    const { call, terms } = await this.#parts.funding.sponsor(plan);
    await this.#ring(call, briefing, terms);
    return call;
  }

  /** Plans a call that waits for a payer's yes. It is dialled when the money is held. */
  async offer(
    actor: Actor,
    request: PlaceCallRequest,
    question: PayerQuestion,
  ): Promise<{ call: CallRow; linkToken: string }> {
    this.#assertOpen();
    const { plan } = await planCall(this.#parts, actor, request);
    const { call, linkToken } = await this.#parts.funding.askPayer(plan, question);
    return { call, linkToken };
  }

  /** Plans a call that its payer approved beforehand. It is dialled when the money is held. */
  async placeUnderMandate(
    actor: Actor,
    request: PlaceCallRequest,
    mandateId: string,
  ): Promise<{ call: CallRow; linkToken: string }> {
    this.#assertOpen();
    const { plan } = await planCall(this.#parts, actor, request);
    const { call, linkToken } = await this.#parts.funding.underMandate(plan, mandateId);
    return { call, linkToken };
  }

  /** Rings the number of a call whose money is held. Does nothing when somebody else has, or it was given up. */
  async dialApproved(callId: string): Promise<void> {
    this.#assertOpen();
    const call = await this.#parts.store.claimDial(callId);
    if (call === undefined) return;
    // They said so after the payer's yes: the money is let go, and nobody rings.
    if (await this.#parts.suppressions.isSuppressed(call.toNumber))
      return this.#endUnanswered(call.id, 'suppressed');
    await this.#ring(call, await briefCall(this.#parts, call), await this.#parts.funding.termsOf(callId));
  }

  #assertOpen(): void {
    if (!this.#draining) return;
    throw new RingbackError('draining', 'This server is shutting down and takes no new calls.', {
      remedy: 'Send the request to another instance, or try again in a minute.',
    });
  }

  async #ring(call: CallRow, briefing: Briefing, terms: CallTerms): Promise<void> {
    const { store, carrier } = this.#parts;
    const ongoing = this.#ongoing.getOrAdd(call.id);
    ongoing.feed.publish({ type: 'state', state: 'planned' });
    ongoing.terms = terms;
    ongoing.memory = this.#parts.openMemory(call);
    this.#warmUp(call.id, briefing);
    try {
      const timeLimitSeconds = longestCallSeconds(terms, 'outbound');
      await store.dialed(
        call.id,
        await carrier.dial({ callId: call.id, to: call.toNumber, timeLimitSeconds }),
      );
    } catch (error) {
      await this.#endUnanswered(call.id, 'dial-failed');
      throw new RingbackError(
        'dial_failed',
        `The carrier refused to ring the number: ${describeError(error).message}`,
        {
          callId: call.id,
          remedy: 'Check the number and the Twilio settings; nothing was charged.',
          cause: error,
        },
      );
    }
  }

  #warmUp(callId: string, briefing: Briefing): void {
    const ongoing = this.#ongoing.getOrAdd(callId);
    const { voices, bookHouseCosts, log } = this.#parts;
    const usage = (used: Usage) => {
      if (ongoing.live === null) ongoing.warmUpUsage.push(used);
      else ongoing.live.use(used); // answered before the opening was ready
    };
    ongoing.briefing = briefing;
    ongoing.stopWarmUp = warmUp({ ...voices, callId, briefing, usage, bookHouseCosts, log });
  }

  /** A one-time token for the call's media stream, to be sent to the carrier inside the TwiML. */
  async issueStreamToken(callId: string): Promise<string> {
    const { secret, hash } = newSecret();
    if (!(await this.#parts.store.setStreamToken(callId, hash))) {
      throw new RingbackError('call_unknown', 'There is no such call, or it has ended.', {
        callId,
        remedy: 'The carrier is told to hang up.',
      });
    }
    return secret;
  }

  /** The media stream of an answered call: checks and uses up its token, and starts the conversation. */
  async openStream(
    stream: { callId: string; token: string; carrierSid: string; streamSid: string },
    line: PhoneLine,
  ): Promise<LiveCall> {
    const { store, carrier, voices, tellBudgetWarning, clock, log } = this.#parts;
    const call = await store.claimStream(
      stream.callId,
      hashOf(stream.token),
      stream.carrierSid,
      stream.streamSid,
    );
    if (call === undefined) {
      throw new RingbackError(
        'stream_refused',
        'The stream’s token is not valid for a call that is waiting for one.',
        {
          callId: stream.callId,
          remedy: 'A token can be used once, by the call it was made for; the stream is closed.',
        },
      );
    }
    const ongoing = this.#ongoing.getOrAdd(call.id);
    const briefing = ongoing.briefing ?? (await briefCall(this.#parts, call));
    const costs = await this.#openCosts(call.id, ongoing.terms);
    for (const used of ongoing.warmUpUsage) costs.record(used);
    const live = new LiveCall({
      callId: call.id,
      carrierSid: stream.carrierSid,
      direction: call.direction,
      briefing,
      line,
      voices,
      hangUp: (say) => carrier.hangUp(stream.carrierSid, say),
      onOptOut: (how) => this.#track(noteOptOut(this.#parts, call, how)),
      feed: ongoing.feed,
      save: (batch) => this.#records.save({ callId: call.id, userId: call.userId, batch }),
      costs,
      memory: ongoing.memory ?? this.#parts.openMemory(call),
      onWarning: (state) => this.#track(tellBudgetWarning(call.id, state)),
      clock,
      log,
    });
    ongoing.live = live;
    ongoing.feed.publish({ type: 'state', state: 'live' });
    this.#track(this.#settle(ongoing, live));
    live.session.start();
    return live;
  }

  /** The carrier reported a state of the call. Final states of calls that never had a stream end them here. */
  async onCarrierState(
    call: CallRow,
    change: { state: 'dialing' | 'ringing' | 'live' | 'ended'; status: string; billedSeconds: number | null },
  ): Promise<void> {
    const ongoing = this.#ongoing.get(call.id);
    if (change.state !== 'ended') {
      ongoing?.feed.publish({ type: 'state', state: change.state });
      return;
    }
    ongoing?.billedSeconds.resolve(change.billedSeconds);
    if (ongoing?.live == null) await this.#endUnanswered(call.id, change.status);
  }

  /** The payer took their yes back: a live call says goodbye. */
  revoke(callId: string): void {
    this.#ongoing.get(callId)?.live?.session.onBudget('revoked');
  }

  /** Says goodbye and ends a live call. False when no such call is live in this process. */
  stop(callId: string, reason: EndReason): boolean {
    const live = this.#ongoing.get(callId)?.live;
    live?.session.stop(reason);
    return live != null;
  }

  feed(callId: string): CallFeed | undefined {
    return this.#ongoing.get(callId)?.feed;
  }

  currentBill(callId: string): Bill | undefined {
    return this.#ongoing.get(callId)?.live?.bill();
  }

  get liveCount(): number {
    return this.#ongoing.live.length;
  }

  /** Takes no new calls, says goodbye on the live ones and waits until every book is closed. */
  async drain(): Promise<void> {
    this.#draining = true;
    for (const live of this.#ongoing.live) live.session.stop('draining');
    await Promise.all(this.#settling);
    this.#ongoing.close();
    this.#stopHeartbeat();
  }

  async #openCosts(callId: string, terms: CallTerms | null): Promise<CallCostTracker> {
    const { funding, clock } = this.#parts;
    const costs = new CallCostTracker({ callId, terms: terms ?? (() => funding.termsOf(callId)), clock });
    await costs.initialize();
    return costs;
  }

  async #settle(ongoing: Ongoing, live: LiveCall): Promise<void> {
    const { clock, store, log } = this.#parts;
    await live.session.ended;
    const cancel = clock.after(CARRIER_DURATION_WAIT_MS, () => ongoing.billedSeconds.resolve(null));
    const { reason, bill } = await live.settle(ongoing.billedSeconds.promise);
    cancel();
    try {
      await store.end(live.callId, 'live', reason, bill);
    } catch (error) {
      log.error(
        { callId: live.callId, problem: describeError(error) },
        'the end of a call could not be saved',
      );
    }
    this.#ongoing.finish(live.callId, reason, bill);
  }

  async #endUnanswered(callId: string, reason: string): Promise<void> {
    const ongoing = this.#ongoing.get(callId);
    ongoing?.stopWarmUp();
    const ended = await this.#parts.store.end(callId, 'unanswered', reason, EMPTY_BILL);
    if (!ended || ongoing === undefined) return;
    this.#ongoing.finish(callId, reason, EMPTY_BILL);
    await this.#parts.bookHouseCosts(`opening of unanswered call ${callId}`, ongoing.warmUpUsage);
  }

  #track(work: Promise<void>): void {
    this.#settling.add(work);
    void work.finally(() => this.#settling.delete(work));
  }
}
