import type { Carrier, DialRequest, DialResult } from '../call/ports.ts';
import { usd } from '../cost/money.ts';
import { RingbackError } from '../errors.ts';
import { dialFailure } from './dial-failures.ts';
import { openTwilio, quietly, type TwilioAccount } from './twilio-rest.ts';
import { sayAndHangUpTwiml } from './twiml.ts';

export interface TwilioOptions extends TwilioAccount {
  phoneNumber: string;
  /** Our own public address, for the URLs that Twilio calls. */
  publicBaseUrl: string;
}

/** Short of the moment at which most voicemails pick up. */
const RING_TIMEOUT_S = 25;
const FINAL_STATUSES: ReadonlySet<string> = new Set(['completed', 'busy', 'failed', 'no-answer', 'canceled']);
/** The newest calls to a number; there is hardly more than one in the minutes that matter. */
const LOOKED_AT = 20;
/** "Resource not found": the call is already over. */
const NOT_FOUND = 20404;

/** Twilio's REST API: rings numbers and hangs up. */
export function twilioCarrier(options: TwilioOptions): Carrier {
  const client = openTwilio(options);
  const webhook = (path: string, { callId, attempt }: Pick<DialRequest, 'callId' | 'attempt'>) =>
    `${options.publicBaseUrl}/twilio/${path}?callId=${callId}&attempt=${attempt}`;
  return {
    fromNumber: options.phoneNumber,
    async dial(request): Promise<DialResult> {
      try {
        const { sid } = await client.calls.create({
          to: request.to,
          from: options.phoneNumber,
          url: webhook('voice', request),
          method: 'POST',
          statusCallback: webhook('status', request),
          statusCallbackMethod: 'POST',
          statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
          machineDetection: request.awaitsTone ? 'DetectMessageEnd' : 'Enable',
          asyncAmd: 'true', // the verdict comes beside the call: a human hears no silence
          asyncAmdStatusCallback: webhook('amd', request),
          asyncAmdStatusCallbackMethod: 'POST',
          timeout: RING_TIMEOUT_S,
          timeLimit: request.timeLimitSeconds,
        });
        return { kind: 'dialed', carrierSid: sid };
      } catch (error) {
        return dialFailure(error);
      }
    },
    async callsTo(number, since) {
      // Not asked for by start time: a call that Twilio has queued has none yet.
      const calls = await quietly(() =>
        client.calls.list({ to: number, from: options.phoneNumber, limit: LOOKED_AT }),
      );
      return calls
        .filter(({ dateCreated }) => dateCreated !== null && dateCreated >= since)
        .sort((a, b) => a.dateCreated.getTime() - b.dateCreated.getTime())
        .map(({ sid }) => sid);
    },
    async limit(carrierSid, callId, timeLimitSeconds) {
      await quietly(() =>
        client.calls(carrierSid).update({
          timeLimit: timeLimitSeconds,
          statusCallback: webhook('status', { callId, attempt: 1 }),
          statusCallbackMethod: 'POST',
        }),
      );
    },
    async look(carrierSid) {
      try {
        const { status, duration, price, priceUnit } = await quietly(() => client.calls(carrierSid).fetch());
        const seconds = Number(duration);
        return {
          isOver: FINAL_STATUSES.has(status),
          durationSeconds: duration === null || !Number.isFinite(seconds) ? null : seconds,
          priceMicroCents: priceOf(price, priceUnit),
        };
      } catch (error) {
        if (error instanceof RingbackError && error.code === `twilio_${NOT_FOUND}`)
          return { isOver: true, durationSeconds: null, priceMicroCents: null };
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

/** Twilio tells a charge as a negative decimal, such as "-0.01400". @returns null while it does not know, or in another currency. */
function priceOf(price: string | null, unit: string): bigint | null {
  if (price == null || unit.toUpperCase() !== 'USD') return null;
  return usd(price.replace(/^-/, ''));
}
