import { openTwilio, quietly, type TwilioAccount } from './twilio-rest.ts';

/** Sends plain texts. */
export interface SmsSender {
  /**
   * @param messageId by which the carrier tells later where the text is.
   * @returns the carrier's id of the text and how many segments it bills. @throws RingbackError `twilio_...`.
   */
  send(to: string, text: string, messageId: string): Promise<{ sid: string; segments: number }>;
}

/** @param options.publicBaseUrl our own address, for the URL that Twilio tells. */
export function twilioSms(
  options: TwilioAccount & { phoneNumber: string; publicBaseUrl: string },
): SmsSender {
  const client = openTwilio(options);
  return {
    async send(to, text, messageId) {
      const statusCallback = `${options.publicBaseUrl}/twilio/sms?messageId=${messageId}`;
      const { sid, numSegments } = await quietly(() =>
        client.messages.create({ to, from: options.phoneNumber, body: text, statusCallback }),
      );
      return { sid, segments: Number(numSegments) };
    },
  };
}
