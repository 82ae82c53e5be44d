import type { Carrier } from '../call/ports.ts';
import { usd } from '../cost/money.ts';
import { RingbackError } from '../errors.ts';
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
/** "Resource not found": the call is already over. */
const NOT_FOUND = 20404;

/** Twilio's REST API: rings numbers and hangs up. */
export function twilioCarrier(options: TwilioOptions): Carrier {
  const client = openTwilio(options);
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
