import type { Consents } from '../dialing/consents.ts';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { RecordingCarrier } from './ports.ts';
import type { Recordings } from './recordings.ts';

export interface RecorderParts {
  consents: Consents;
  recordings: Recordings;
  carrier: RecordingCarrier;
  log: Logger;
}

/** The call that may be recorded. */
export interface RecordableCall {
  callId: string;
  userId: string;
  carrierSid: string;
  /** The callee's. */
  phoneNumber: string;
  /** The words that they are asked in; null where they agreed before. */
  question: string | null;
}

/** Records one call, as its callee says. Never fails: the call goes on either way. */
export class Recorder {
  readonly #parts: RecorderParts;
  readonly #call: RecordableCall;
  #recordingSid: string | null = null;

  constructor(parts: RecorderParts, call: RecordableCall) {
    this.#parts = parts;
    this.#call = call;
  }

  /** They agreed. @returns the carrier's name for the recording; null where it does not record. */
  async begin(): Promise<string | null> {
    const { callId, userId, carrierSid, phoneNumber, question } = this.#call;
    const { consents, recordings, carrier } = this.#parts;
    await this.#quietly('a recording could not be begun', async () => {
      if (question !== null)
        await consents.give({ phoneNumber, kind: 'recording', given: 'voice', textShown: question, callId });
      await recordings.expect(callId, userId);
      const sid = await carrier.begin(carrierSid, callId);
      this.#recordingSid = sid;
      await recordings.named(callId, sid);
    });
    return this.#recordingSid;
  }

  /** They want it ended, and none in later calls. */
  async end(): Promise<void> {
    const { phoneNumber, carrierSid } = this.#call;
    const sid = this.#recordingSid;
    await this.#quietly('a recording could not be ended', async () => {
      if (sid !== null) await this.#parts.carrier.end(carrierSid, sid);
    });
    await this.#quietly('the end of a consent could not be written down', () =>
      this.#parts.consents.refuse(phoneNumber, 'recording', this.#call.callId, this.#words),
    );
  }

  /** They want none, and none had begun. */
  async decline(): Promise<void> {
    await this.#quietly('a refusal could not be written down', () =>
      this.#parts.consents.refuse(this.#call.phoneNumber, 'recording', this.#call.callId, this.#words),
    );
  }

  get #words(): string {
    return this.#call.question ?? 'They agreed before.';
  }

  async #quietly(failure: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#parts.log.error({ callId: this.#call.callId, problem: describeError(error) }, failure);
    }
  }
}
