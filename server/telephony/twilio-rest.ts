import twilio from 'twilio';
import { RingbackError } from '../errors.ts';

export interface TwilioAccount {
  accountSid: string;
  authToken: string;
  /** Replaces scheme, host and port of Twilio's API; unset means Twilio itself. */
  apiBaseUrl: string | undefined;
}

const REQUEST_TIMEOUT_MS = 8_000;

export function openTwilio({ accountSid, authToken, apiBaseUrl }: TwilioAccount): twilio.Twilio {
  return twilio(accountSid, authToken, {
    timeout: REQUEST_TIMEOUT_MS,
    ...(apiBaseUrl === undefined ? {} : { httpClient: new RebasedClient(apiBaseUrl) }),
  });
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
export async function quietly<T>(work: () => Promise<T>): Promise<T> {
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
