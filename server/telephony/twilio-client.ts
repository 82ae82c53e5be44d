import twilio from 'twilio';
import type { Carrier } from '../call/ports.ts';
import { RingbackError } from '../errors.ts';
import { sayAndHangUpTwiml } from './twiml.ts';

export interface TwilioOptions {
  accountSid: string;
  authToken: string;
  phoneNumber: string;
  /** Replaces scheme, host and port of Twilio's API; unset means Twilio itself. */
  apiBaseUrl: string | undefined;
  /** Our own public address, for the URLs that Twilio calls. */
  publicBaseUrl: string;
}

const REQUEST_TIMEOUT_MS = 8_000;
/** Short of the moment at which most voicemails pick up. */
const RING_TIMEOUT_S = 25;
const FINAL_STATUSES: ReadonlySet<string> = new Set(['completed', 'busy', 'failed', 'no-answer', 'canceled']);
/** "Resource not found": the call is already over. */
const NOT_FOUND = 20404;

/** Twilio's REST API: rings numbers and hangs up. */
export function twilioCarrier(options: TwilioOptions): Carrier {
  const client = twilio(options.accountSid, options.authToken, {
    timeout: REQUEST_TIMEOUT_MS,
    ...(options.apiBaseUrl === undefined ? {} : { httpClient: new RebasedClient(options.apiBaseUrl) }),
  });
  const webhook = (path: string, callId: string) =>
    `${options.publicBaseUrl}/twilio/${path}?callId=${callId}`;
  return {
    fromNumber: options.phoneNumber,
    async dial({ callId, to, timeLimitSeconds }) {
      const call = await quietly(() =>
        client.calls.create({
          to,
          from: options.phoneNumber,
          url: webhook('voice', callId),
          method: 'POST',
          statusCallback: webhook('status', callId),
          statusCallbackMethod: 'POST',
          statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
          machineDetection: 'Enable',
          asyncAmd: 'true', // the verdict comes beside the call: a human hears no silence
          asyncAmdStatusCallback: webhook('amd', callId),
          asyncAmdStatusCallbackMethod: 'POST',
          timeout: RING_TIMEOUT_S,
          timeLimit: timeLimitSeconds,
        }),
      );
      return call.sid;
    },
    async look(carrierSid) {
      try {
        const { status, duration } = await quietly(() => client.calls(carrierSid).fetch());
        const seconds = Number(duration);
        return {
          isOver: FINAL_STATUSES.has(status),
          durationSeconds: duration === null || !Number.isFinite(seconds) ? null : seconds,
        };
      } catch (error) {
        if (error instanceof RingbackError && error.code === `twilio_${NOT_FOUND}`)
          return { isOver: true, durationSeconds: null };
        throw error;
      }
    },
    async hangUp(carrierSid, say) {
      try {
        const change = say === null ? { status: 'completed' as const } : { twiml: sayAndHangUpTwiml(say) };
        await quietly(() => client.calls(carrierSid).update(change));
      } catch (error) {
        if (!(error instanceof RingbackError && error.code === `twilio_${NOT_FOUND}`)) throw error;
      }
    },
  };
}

/** Sends what is meant for api.twilio.com to another origin, path and query unchanged. */
class RebasedClient extends twilio.RequestClient {
  readonly #origin: string;

  constructor(origin: string) {
    super({ timeout: REQUEST_TIMEOUT_MS });
    this.#origin = origin;
  }

  override request<T>(
    options: Parameters<twilio.RequestClient['request']>[0],
  ): ReturnType<twilio.RequestClient['request']> & Promise<never> {
    const { pathname, search } = new URL(options.uri);
    return super.request<T>({
      ...options,
      uri: new URL(pathname + search, this.#origin).href,
    } as never) as never;
  }
}

/** Twilio's network errors carry the Authorization header; only their name, code and message go further. */
async function quietly<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { message, code, status } = error as { message?: string; code?: string | number; status?: number };
    throw new RingbackError(`twilio_${code ?? status ?? 'error'}`, `Twilio: ${message ?? 'request failed'}`, {
      remedy:
        'Check TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_PHONE_NUMBER, and Twilio’s status page.',
    });
  }
}
