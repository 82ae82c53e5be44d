import type { VendorName } from '../vendors.ts';

/** What opens the stand-ins: one Twilio account, and one key for everybody else. */
export interface SandboxCredentials {
  accountSid: string;
  authToken: string;
  apiKey: string;
}

/** The variables that lead a server to a sandbox, and nothing else; foreign stand-ins are named by the same ones. */
export function sandboxEnvironment(
  urls: Partial<Record<VendorName, string>>,
  credentials: SandboxCredentials,
): Record<string, string | undefined> {
  return {
    TWILIO_API_BASE_URL: urls.twilio,
    TWILIO_ACCOUNT_SID: credentials.accountSid,
    TWILIO_AUTH_TOKEN: credentials.authToken,
    DEEPGRAM_BASE_URL: urls.deepgram,
    DEEPGRAM_API_KEY: credentials.apiKey,
    CARTESIA_BASE_URL: urls.cartesia,
    CARTESIA_API_KEY: credentials.apiKey,
    CEREBRAS_BASE_URL: urls.cerebras,
    CEREBRAS_API_KEY: credentials.apiKey,
    OPENAI_BASE_URL: urls.openai,
    OPENAI_API_KEY: credentials.apiKey,
    STRIPE_API_BASE_URL: urls.stripe,
    STRIPE_SECRET_KEY: credentials.apiKey,
  };
}
