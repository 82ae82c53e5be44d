import { openTwilio, quietly, type TwilioAccount } from './twilio-rest.ts';

/** Sends plain texts. */
export interface SmsSender {
  /** @returns the carrier's id of the text and how many segments it bills. @throws RingbackError `twilio_...`. */
  send(to: string, text: string): Promise<{ sid: string; segments: number }>;
}

export function twilioSms(options: TwilioAccount & { phoneNumber: string }): SmsSender {
  const client = openTwilio(options);
  return {
    async send(to, text) {
      const { sid, numSegments } = await quietly(() =>
        client.messages.create({ to, from: options.phoneNumber, body: text }),
      );
      return { sid, segments: Number(numSegments) };
    },
  };
}
