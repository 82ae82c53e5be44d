import { z } from 'zod';

export const STAND_INS = [
  'twilio',
  'deepgram',
  'cartesia',
  'cartesia-ink',
  'cerebras',
  'openai',
  'stripe',
] as const;
export type StandIn = (typeof STAND_INS)[number];

/** A fault to be played once or several times by one stand-in. */
export const faultSchema = z.object({
  vendor: z.enum(STAND_INS),
  kind: z.enum([
    'refuse', // the connection is reset before an answer
    'status', // an HTTP error instead of an answer; see `status`
    'stall', // the connection is taken, then nothing more comes
    'drop', // the connection is cut after `afterMs`
    'slow', // everything comes `delayMs` later
    'expire', // Cartesia only: a context ends although more text is to come
    'garbage', // something comes that is not in the protocol
    'lost-answer', // Stripe, Twilio: executed, and the connection cut before the answer
    'failed-answer', // Stripe only: executed, and answered with a 500 that is kept under the key
    'failed-saved', // Stripe only: not executed, answered with a 500 that is kept under the key
    'webhooks-lost', // Stripe only, as the three below
    'webhooks-doubled',
    'webhooks-late', // by `delayMs`
    'webhooks-reordered', // told after the next one, or `delayMs` later
    'callbacks-late', // Twilio only: status callbacks come `delayMs` later
    'callbacks-doubled', // Twilio only
    'callbacks-reordered', // Twilio only: each pair of callbacks is swapped
    'callbacks-lost', // Twilio only
    'recordings-untold', // Twilio only: a recording is ready `delayMs` later, and nobody is told
    'texts-undelivered', // Twilio only: a text is taken and does not arrive
    'stop-lost', // Twilio only: the call ends, and its media stream falls silent without a word
  ]),
  status: z.number().int().min(400).max(599).default(503),
  afterMs: z.number().int().min(0).default(0),
  delayMs: z.number().int().min(0).default(1_000),
  /** Stripe: hits requests alone whose path contains it. Language models: `whole` hits answers that are not streamed. */
  path: z.string().optional(),
  /** How many requests, connections or calls it hits. */
  times: z.number().int().min(1).default(1),
});
export type Fault = z.infer<typeof faultSchema>;

/** Faults on demand: each stand-in asks at every request whether one is due. */
export class Faults {
  #queued: Fault[] = [];

  add(fault: Fault): void {
    this.#queued.push({ ...fault });
  }

  clear(): void {
    this.#queued = [];
  }

  /** The next fault for the stand-in, used up by one. Only kinds listed in `kinds` are taken when it is given. */
  take(vendor: StandIn, kinds?: readonly Fault['kind'][], path = ''): Fault | null {
    return this.#use(
      (f) =>
        f.vendor === vendor &&
        (kinds?.includes(f.kind) ?? !/^(?:callbacks|stop|texts)-/.test(f.kind)) &&
        path.includes(f.path ?? ''),
    );
  }

  /** The next fault that names this kind of request. */
  takeMeantFor(vendor: StandIn, path: string): Fault | null {
    return this.#use((f) => f.vendor === vendor && f.path === path);
  }

  #use(isDue: (fault: Fault) => boolean): Fault | null {
    const fault = this.#queued.find(isDue);
    if (fault === undefined) return null;
    fault.times -= 1;
    if (fault.times === 0) this.#queued = this.#queued.filter((f) => f !== fault);
    return fault;
  }
}
