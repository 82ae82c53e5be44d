import type { CancelTimer, Clock } from '../clock.ts';
import type { Bill } from '../cost/bill.ts';
import { longestCallSeconds } from '../cost/budget.ts';
import type { TellBudgetWarning } from '../cost/budget-notices.ts';
import type { CallTerms } from '../cost/terms.ts';
import { CallCostTracker } from '../cost/tracker.ts';
import type { Attempts } from '../dialing/attempts.ts';
import { noteOptOut, type Suppressions } from '../dialing/suppressions.ts';
import { describeError, RingbackError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Funding } from '../payments/funding.ts';
import { hashOf, newSecret } from '../secrets.ts';
import type { EndReason } from './conversation/types.ts';
import type { Dialer } from './dialer.ts';
import type { CallFeed } from './feed.ts';
import { GroupCommit } from './group-commit.ts';
import { startHeartbeat } from './heartbeat.ts';
import { LiveCall, type Voices } from './live-call.ts';
import type { Ongoing, OngoingCalls } from './ongoing.ts';
import { briefCall, type PlanningParts } from './planning.ts';
import type { CallBacks, CallMemory, Carrier, PhoneLine } from './ports.ts';
import type { CallRecords } from './records.ts';
import type { CallRow, CallStore } from './store.ts';

export interface CallsParts extends PlanningParts {
  store: CallStore;
  records: CallRecords;
  ongoing: OngoingCalls;
  dialer: Dialer;
  attempts: Attempts;
  suppressions: Suppressions;
  funding: Funding;
  carrier: Carrier;
  /** Begins to make what is remembered searchable. */
  openMemory(call: CallRow): CallMemory;
  callBacksOf(call: CallRow): CallBacks;
  tellBudgetWarning: TellBudgetWarning;
  voices: Voices;
  clock: Clock;
  log: Logger;
}

/** After the end, how long to wait for the carrier to say what it bills. */
const CARRIER_DURATION_WAIT_MS = 15_000;
/** After the carrier's word that a call is over, how long its stream may take to stop. */
const STREAM_STOP_WAIT_MS = 1_500;

/** The calls of this process, from answered to ended: opens their streams and closes their books. */
export class Calls {
  readonly #parts: CallsParts;
  readonly #records: GroupCommit;
  readonly #ongoing: OngoingCalls;
  readonly #settling = new Set<Promise<void>>();
  readonly #stopHeartbeat: CancelTimer;

  constructor(parts: CallsParts) {
    this.#parts = parts;
    this.#ongoing = parts.ongoing;
    this.#records = new GroupCommit(parts.clock, (batches) => parts.records.save(batches));
    this.#stopHeartbeat = startHeartbeat(parts, () => this.#ongoing.ids);
  }

  /**
   * A one-time token for the call's media stream, to be sent to the carrier inside the TwiML.
   * @param attempt the one that was answered: an earlier one may be answered when it was given up long ago.
   */
  async issueStreamToken(callId: string, attempt: number): Promise<string> {
    const { secret, hash } = newSecret();
    if (!(await this.#parts.store.setStreamToken(callId, attempt, hash))) {
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
      onOptOut: (how) =>
        this.#track(noteOptOut(this.#parts, { callId: call.id, phoneNumber: theirNumber(call) }, how)),
      feed: ongoing.feed,
      save: (batch) => this.#records.save({ callId: call.id, userId: call.userId, batch }),
      costs,
      memory: ongoing.memory ?? this.#parts.openMemory(call),
      callBacks: this.#parts.callBacksOf(call),
      isVerified: call.direction === 'outbound' || call.verifiedBy !== null,
      checkPin: call.direction === 'outbound' ? null : (pin) => this.#checkPin(call, pin),
      onWarning: (state) => this.#track(tellBudgetWarning(call.id, state)),
      clock,
      log,
    });
    if (call.direction === 'inbound') this.#track(this.#limitLine(call.id, stream.carrierSid, costs));
    ongoing.live = live;
    ongoing.isUnderWay = true;
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
    if (change.state === 'ended') await this.#parts.attempts.over(call.id, call.attempts, change.status);
    else {
      ongoing?.feed.publish({ type: 'state', state: change.state });
      return;
    }
    ongoing?.billedSeconds.resolve(change.billedSeconds);
    const live = ongoing?.live;
    if (live != null) {
      // Its stream should stop by itself; a cut network may keep it open without a sound.
      const cancel = this.#parts.clock.after(STREAM_STOP_WAIT_MS, () => live.session.onStopped());
      void live.session.ended.then(cancel);
    } else await this.#parts.dialer.onUnanswered(call, change.status);
  }

  /** The carrier said who answered. A machine is hung up on, or left a message where the callee agreed to that. */
  async onAnsweredBy(callId: string, answeredBy: string): Promise<void> {
    await this.#parts.store.setAnsweredBy(callId, answeredBy);
    if (/^(?:machine|fax)/.test(answeredBy)) this.#ongoing.get(callId)?.live?.onMachine();
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

  /**
   * Takes no new calls, gives those that ring or go on some time to end by themselves, says goodbye on the rest and
   * waits until every book is closed.
   */
  async drain(waitMs: number): Promise<void> {
    this.#parts.dialer.close();
    await this.#ongoing.idle(waitMs);
    for (const live of this.#ongoing.live) live.session.stop('draining');
    await Promise.all(this.#settling);
    this.#ongoing.close();
    this.#stopHeartbeat();
  }

  async #checkPin({ id, userId }: CallRow, pin: string): Promise<boolean> {
    const isRight = await this.#parts.pins.check(userId, pin);
    if (isRight) await this.#parts.store.setVerified(id);
    return isRight;
  }

  /** A call that we did not make has no time limit at the carrier until it is told one; our own ends it before that. */
  async #limitLine(callId: string, carrierSid: string, { terms }: CallCostTracker): Promise<void> {
    try {
      await this.#parts.carrier.limit(carrierSid, callId, longestCallSeconds(terms, 'inbound'));
    } catch (error) {
      this.#parts.log.error(
        { callId, problem: describeError(error) },
        'the carrier was not told a time limit',
      );
    }
  }

  async #openCosts(callId: string, terms: CallTerms | null): Promise<CallCostTracker> {
    const { funding, clock } = this.#parts;
    const costs = new CallCostTracker({ callId, terms: terms ?? (() => funding.termsOf(callId)), clock });
    await costs.initialize();
    return costs;
  }

  /** The carrier did not say what it bills: it is asked, once. */
  async #askDuration({ billedSeconds }: Ongoing, { callId, carrierSid }: LiveCall): Promise<void> {
    const { carrier, log } = this.#parts;
    try {
      const { isOver, durationSeconds } = await carrier.look(carrierSid);
      billedSeconds.resolve(isOver ? durationSeconds : null);
    } catch (error) {
      log.warn(
        { callId, problem: describeError(error) },
        'the carrier could not be asked how long a call was',
      );
      billedSeconds.resolve(null);
    }
  }

  async #settle(ongoing: Ongoing, live: LiveCall): Promise<void> {
    const { clock, store, log } = this.#parts;
    await live.session.ended;
    const cancel = clock.after(CARRIER_DURATION_WAIT_MS, () => void this.#askDuration(ongoing, live));
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

  #track(work: Promise<void>): void {
    this.#settling.add(work);
    void work.finally(() => this.#settling.delete(work));
  }
}

/** The number of the person on the line, whoever called whom. */
function theirNumber({ direction, toNumber, fromNumber }: CallRow): string {
  return direction === 'outbound' ? toNumber : fromNumber;
}
