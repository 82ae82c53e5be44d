import { z } from 'zod';

/** The phone in the browser. */

export const devPhoneShape = z.object({
  /** What can be said by a button; empty where only a microphone can be used. */
  phrases: z.array(z.string()),
  personas: z.array(z.object({ slug: z.string(), name: z.string() })),
});
export type DevPhoneShape = z.infer<typeof devPhoneShape>;

/** What a browser needs to open the media stream of a call, as TwiML would tell a carrier. */
export const devCallShape = z.object({
  callId: z.uuid(),
  callSid: z.string(),
  /** Opens one stream, once. */
  token: z.string(),
});
export type DevCallShape = z.infer<typeof devCallShape>;

/** Mu-law at 8,000 Hz, base64. */
export const devSpeechShape = z.object({ audioBase64: z.string() });

export const devExamplesShape = z.object({ calls: z.array(z.uuid()) });
