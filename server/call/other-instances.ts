import type { Clock } from '../clock.ts';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { EndReason } from './conversation/types.ts';
import type { LiveCall } from './live-call.ts';
import type { Ongoing, OngoingCalls } from './ongoing.ts';
import type { Preparation } from './preparation.ts';
import type { CallRow, CallStore } from './store.ts';

export interface OtherInstancesParts {
  store: CallStore;
  ongoing: OngoingCalls;
  preparation: Preparation;
  clock: Clock;
  log: Logger;
}

/** After the carrier's word that a call is over, how long its stream may take to stop. */
const STREAM_STOP_WAIT_MS = 1_500;
const SYSTEM = { kind: 'system', purpose: 'look at a call' } as const;

/** AnsweredBy as Twilio tells it. */
export const isMachine = (answeredBy: string | null) => /^(?:machine|fax)/.test(answeredBy ?? '');

/**
 * What other instances note of a call that this one holds: a webhook or a request may reach any of them. They write it
 * on the call's row and say so; the row is looked at, and what it says is done here.
 */
export class OtherInstances {
  readonly #parts: OtherInstancesParts;

  constructor(parts: OtherInstancesParts) {
    this.#parts = parts;
  }

  /** @returns the function that stops. */
  listen(): Promise<() => Promise<void>> {
    const { store, ongoing } = this.#parts;
    const lookAtAll = () => {
      for (const callId of ongoing.ids) void this.look(callId); // what was said meanwhile was not heard
    };
    return store.listen((callId) => void this.look(callId), lookAtAll);
  }

  /** Never fails: the heartbeat comes back to it. */
  async look(callId: string): Promise<void> {
    const { store, ongoing, log } = this.#parts;
    if (ongoing.get(callId) === undefined) return;
    try {
      const call = await store.find(SYSTEM, callId);
      if (call !== undefined) await this.#takeUp(call);
    } catch (error) {
      log.error({ callId, problem: describeError(error) }, 'a call could not be looked at');
    }
  }

  /** Has whoever else holds the call look at it. Never fails. */
  async tell(callId: string): Promise<void> {
    const { store, log } = this.#parts;
    await store
      .tellHolder(callId)
      .catch((error: unknown) =>
        log.warn(
          { callId, problem: describeError(error) },
          'the other instances could not be told of a call',
        ),
      );
  }

  /** The carrier's word that a call is over, from wherever. */
  onCarrierEnd({ billedSeconds }: Ongoing, live: LiveCall, seconds: number | null): void {
    billedSeconds.resolve(seconds);
    // Its stream should stop by itself; a cut network may keep it open without a sound.
    const cancel = this.#parts.clock.after(STREAM_STOP_WAIT_MS, () => live.session.onStopped());
    void live.session.ended.then(cancel);
  }

  async #takeUp(call: CallRow): Promise<void> {
    const ongoing = this.#parts.ongoing.get(call.id);
    if (ongoing === undefined) return;
    const { live } = ongoing;
    if (live === null) {
      // Answered by another instance, or over: what was prepared here is not needed any more.
      const isElsewhere = call.state === 'live' || call.state === 'ended';
      if (isElsewhere && ongoing.isUnderWay && !ongoing.isOpening)
        await this.#parts.preparation.release(call.id);
      return;
    }
    if (call.stopRequested !== null) live.session.stop(call.stopRequested as EndReason);
    if (isMachine(call.answeredBy)) live.onMachine();
    if (call.carrierStatus === 'completed') this.onCarrierEnd(ongoing, live, call.carrierDurationSeconds);
  }
}
