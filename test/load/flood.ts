import { type CancelTimer, systemClock } from '../../server/clock.ts';
import { postSigned } from '../../server/sandbox/twilio/callbacks.ts';
import { percentile } from '../percentile.ts';
import { credentials } from './processes.ts';

const MS_PER_S = 1_000;

/** Calls of people whom nobody knows, so many a second, each from another number, as Twilio announces them. */
export class Flood {
  readonly #baseUrl: string;
  readonly #tookMs: number[] = [];
  #rejected = 0;
  #wrong = 0;
  #next = 0;
  #cancel: CancelTimer = () => undefined;
  readonly #open = new Set<Promise<void>>();

  constructor(baseUrl: string, perSecond: number) {
    this.#baseUrl = baseUrl;
    this.#again(MS_PER_S / perSecond);
  }

  /** Ends it. @returns a line that tells what became of it. */
  async stop(): Promise<string> {
    this.#cancel();
    await Promise.all(this.#open);
    const [p50, p99] = [0.5, 0.99].map((share) => Math.round(percentile(this.#tookMs, share)));
    return `  flood: ${this.#tookMs.length} unknown callers, rejected ${this.#rejected}, otherwise ${this.#wrong}; answered in ${p50}/${p99} ms (p50/p99)`;
  }

  #again(everyMs: number): void {
    this.#cancel = systemClock.after(everyMs, () => {
      const call = this.#call(this.#next++).finally(() => this.#open.delete(call));
      this.#open.add(call);
      this.#again(everyMs);
    });
  }

  async #call(index: number): Promise<void> {
    const beganAt = systemClock.nowMs();
    const form = {
      CallSid: `CA${index.toString(16).padStart(32, '0')}`,
      AccountSid: credentials.accountSid,
      From: `+1555${2_000_000 + index}`,
      To: '+15550199',
      CallStatus: 'ringing',
      Direction: 'inbound',
      ApiVersion: '2010-04-01',
    };
    const twiml = await postSigned(credentials.authToken, `${this.#baseUrl}/twilio/voice`, form).catch(
      String,
    );
    this.#tookMs.push(systemClock.nowMs() - beganAt);
    if (twiml.includes('<Reject')) this.#rejected += 1;
    else this.#wrong += 1;
  }
}
