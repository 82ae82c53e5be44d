import { setTimeout as wait } from 'node:timers/promises';
import type { Fault } from '../faults.ts';
import { postSigned } from './callbacks.ts';
import type { CallStatus, PhoneCallParts } from './phone-call.ts';

/** Which subscribed event announces a status. Every final status comes with the event `completed`. */
const EVENT_OF: Partial<Record<CallStatus, string>> = {
  initiated: 'initiated',
  ringing: 'ringing',
  'in-progress': 'answered',
};

/** Sends a call's status callbacks, in order, or, when a fault asks for it, late, twice or swapped. */
export class StatusCallbacks {
  readonly #parts: PhoneCallParts;
  readonly #sid: string;
  readonly #fault: Fault | null;
  #sequence = 0;
  #queue: Promise<unknown> = Promise.resolve();
  #heldBack: (() => Promise<void>) | null = null;

  constructor(parts: PhoneCallParts, sid: string) {
    this.#parts = parts;
    this.#sid = sid;
    this.#fault = parts.faults.take('twilio', [
      'callbacks-late',
      'callbacks-doubled',
      'callbacks-reordered',
      'callbacks-lost',
    ]);
  }

  announce(status: CallStatus, durationSeconds: number | null): void {
    const { statusCallback, statusCallbackEvents } = this.#parts.request;
    const event = EVENT_OF[status] ?? 'completed';
    if (statusCallback === null || !statusCallbackEvents.includes(event)) return;
    if (this.#fault?.kind === 'callbacks-lost') return;
    const form = {
      ...this.fields(status),
      Timestamp: new Date().toUTCString(),
      SequenceNumber: String(this.#sequence++),
      CallbackSource: 'call-progress-events',
      ...(durationSeconds === null
        ? {}
        : { CallDuration: String(durationSeconds), Duration: String(Math.ceil(durationSeconds / 60)) }),
    };
    this.#enqueue(() => this.#post(statusCallback, form), event === 'completed');
  }

  /** The fields that every request about the call carries. */
  fields(status: CallStatus): Record<string, string> {
    const { accountSid, request } = this.#parts;
    return {
      CallSid: this.#sid,
      AccountSid: accountSid,
      From: request.from,
      To: request.to,
      CallStatus: status,
      Direction: request.direction,
      ApiVersion: '2010-04-01',
    };
  }

  /** Resolves when everything announced so far was sent. */
  async settled(): Promise<void> {
    await this.#queue;
  }

  #enqueue(post: () => Promise<void>, final: boolean): void {
    if (this.#fault?.kind === 'callbacks-reordered' && !final && this.#heldBack === null) {
      this.#heldBack = post;
      return;
    }
    const held = this.#heldBack;
    this.#heldBack = null;
    this.#queue = this.#queue.then(async () => {
      if (this.#fault?.kind === 'callbacks-late') await wait(this.#fault.delayMs);
      await post();
      if (this.#fault?.kind === 'callbacks-doubled') await post();
      await held?.();
    });
  }

  async #post(url: string, form: Record<string, string>): Promise<void> {
    try {
      await postSigned(this.#parts.authToken, url, form);
      this.#parts.journal.note('twilio', 'callback', {
        sid: this.#sid,
        status: form.CallStatus,
        sequence: form.SequenceNumber,
      });
    } catch (error) {
      this.#parts.journal.note('twilio', 'callback-failed', {
        sid: this.#sid,
        status: form.CallStatus,
        problem: error instanceof Error ? error.message : String(error),
      });
    }
  }
}
