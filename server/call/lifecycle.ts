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
import type { Briefing } from '../persona/briefing.ts';
import { hashOf, newSecret } from '../secrets.ts';
import type { CallRecorder } from './call-recording.ts';
import type { EndReason } from './conversation/types.ts';
import type { Dialer } from './dialer.ts';
import { GroupCommit } from './group-commit.ts';
import { startHeartbeat } from './heartbeat.ts';
import { LiveCall, type Voices } from './live-call.ts';
import type { Ongoing, OngoingCalls } from './ongoing.ts';
import { isMachine, OtherInstances } from './other-instances.ts';
import { briefCall, type PlanningParts } from './planning.ts';
import type { CallBacks, CallMemory, CallMeter, Carrier, PhoneLine } from './ports.ts';
import type { Preparation } from './preparation.ts';
import type { CallRecords } from './records.ts';
import { type CallRow, type CallStore, theirNumber } from './store.ts';

export interface CallsParts extends PlanningParts {
  store: CallStore;
  records: CallRecords;
  ongoing: OngoingCalls;
  dialer: Dialer;
  preparation: Preparation;
  attempts: Attempts;
  suppressions: Suppressions;
  funding: Funding;
  carrier: Carrier;
  /** Begins to make what is remembered searchable. */
  openMemory(call: CallRow): CallMemory;
  callBacksOf(call: CallRow): CallBacks;
  recorderOf(call: CallRow, carrierSid: string, briefing: Briefing): CallRecorder | null;
  tellBudgetWarning: TellBudgetWarning;
  voices: Voices;
  meter: CallMeter;
  clock: Clock;
  log: Logger;
}

/** After the end, how long to wait for the carrier to say what it bills. */
const CARRIER_DURATION_WAIT_MS = 15_000;

/** The calls of this process, from answered to ended: opens their streams and closes their books. */
export class Calls {
  readonly #parts: CallsParts;
  readonly #records: GroupCommit;
  readonly #ongoing: OngoingCalls;
  readonly #others: OtherInstances;
  readonly #settling = new Set<Promise<void>>();
  readonly #stopHeartbeat: CancelTimer;

  constructor(parts: CallsParts) {
    this.#parts = parts;
    this.#ongoing = parts.ongoing;
    this.#others = new OtherInstances(parts);
    this.#records = new GroupCommit(parts.clock, (batches) => parts.records.save(batches));
    this.#stopHeartbeat = startHeartbeat(
      parts,
      () => this.#ongoing.ids,
      (callId) => this.#track(this.#others.look(callId)), // in case the word of it was lost
    );
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
    const { store } = this.#parts;
    const prepared = this.#ongoing.get(stream.callId);
    if (prepared !== undefined) prepared.isOpening = true;
    const call = await store.claimStream(
      stream.callId,
      hashOf(stream.token),
      stream.carrierSid,
      stream.streamSid,
    );
    if (call === undefined) {
      if (prepared !== undefined) prepared.isOpening = false;
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
    ongoing.isOpening = true;
    const live = await this.#compose(call, ongoing, stream, line).catch((error: unknown) => {
      this.#ongoing.forget(call.id); // nobody says any more that it is held: the sweep ends it
      throw error;
    });
    ongoing.live = live;
    ongoing.isUnderWay = true;
    ongoing.isOpening = false;
    ongoing.feed.publish({ type: 'state', state: 'live' });
    this.#track(this.#settle(ongoing, live));
    live.session.start();
    this.#track(this.#others.look(call.id)); // for what was noted while it opened
    if (prepared === undefined) this.#track(this.#others.tell(call.id)); // who dialled it need keep nothing ready
    return live;
  }

  /** Everything that the call needs to be talked in. */
  async #compose(
    call: CallRow,
    ongoing: Ongoing,
    stream: { carrierSid: string },
    line: PhoneLine,
  ): Promise<LiveCall> {
    const { carrier, voices, tellBudgetWarning, meter, clock, log } = this.#parts;
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
      recorder: this.#parts.recorderOf(call, stream.carrierSid, briefing),
      callBacks: this.#parts.callBacksOf(call),
      isVerified: call.direction === 'outbound' || call.verifiedBy !== null,
      checkPin: call.direction === 'outbound' ? null : (pin) => this.#checkPin(call, pin),
      onWarning: (state) => this.#track(tellBudgetWarning(call.id, state)),
      meter,
      clock,
      log,
    });
    if (call.direction === 'inbound') this.#track(this.#limitLine(call.id, stream.carrierSid, costs));
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
    const live = ongoing?.live;
    if (ongoing !== undefined && live != null)
      return this.#others.onCarrierEnd(ongoing, live, change.billedSeconds);
    await this.#parts.dialer.onUnanswered(call, change.status);
    await this.#parts.store.tellHolder(call.id);
  }

  /** The carrier said who answered. A machine is hung up on, or left a message where the callee agreed to that. */
  async onAnsweredBy(callId: string, answeredBy: string): Promise<void> {
    await this.#parts.store.setAnsweredBy(callId, answeredBy);
    const live = this.#ongoing.get(callId)?.live;
    if (!isMachine(answeredBy)) return;
    if (live == null) await this.#parts.store.tellHolder(callId);
    else live.onMachine();
  }

  /** The payer took their yes back: a live call says goodbye, in whichever process. */
  revoke(callId: string): void {
    const { log } = this.#parts;
    const asked = this.stop(callId, 'approval-revoked').then(() => undefined);
    this.#track(
      asked.catch((error: unknown) =>
        log.error({ callId, problem: describeError(error) }, 'a revoked call could not be told to end'),
      ),
    );
  }

  /** Says goodbye and ends a live call, in whichever process it is. False when it is not live. */
  async stop(callId: string, reason: EndReason): Promise<boolean> {
    const live = this.#ongoing.get(callId)?.live;
    if (live == null) return this.#parts.store.requestStop(callId, reason);
    live.session.stop(reason);
    return true;
  }

  /** Hears what other instances tell of this one's calls. @returns the function that stops. */
  listen(): Promise<() => Promise<void>> {
    return this.#others.listen();
  }

  currentBill(callId: string): Bill | undefined {
    return this.#ongoing.get(callId)?.live?.bill();
  }

  /**
   * Takes no new calls, gives those that ring or go on some time to end by themselves, says goodbye on the rest and
   * waits until every book is closed.
   */
  async drain(waitMs: number): Promise<void> {
    this.#parts.dialer.close();
    await this.#ongoing.idle(waitMs);
    do {
      for (const live of this.#ongoing.live) live.session.stop('draining');
      await Promise.all(this.#settling);
    } while (this.#settling.size > 0); // one that rang was answered meanwhile
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
