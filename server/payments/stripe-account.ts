import Stripe from 'stripe';

/** How this product talks to Stripe: one version of its API, and no retries behind our back. */

/** The version of Stripe's API that this code was written against; a newer SDK must not change it silently. */
export const API_VERSION = '2026-10-28.endive';
/** By default 80 s and two retries: a capture that hangs would block settlement for four minutes. */
const TIMEOUT_MS = 15_000;

export interface StripeAccount {
  apiKey: string;
  /** Replaces scheme, host and port; unset means Stripe itself. */
  baseUrl: string | undefined;
}

export function openStripe({ apiKey, baseUrl }: StripeAccount): Stripe {
  const url = baseUrl === undefined ? null : new URL(baseUrl);
  return new Stripe(apiKey, {
    apiVersion: API_VERSION,
    timeout: TIMEOUT_MS,
    maxNetworkRetries: 0, // settlement asks what happened before it asks again
    telemetry: false,
    ...(url === null
      ? {}
      : {
          host: url.hostname,
          port: Number(url.port || (url.protocol === 'http:' ? 80 : 443)),
          protocol: url.protocol === 'http:' ? 'http' : 'https',
        }),
  });
}

/** The SDK sends fractions as they are. */
export function wholeCents(cents: number): number {
  if (!Number.isSafeInteger(cents) || cents <= 0)
    throw new Error(`${cents} is not a whole, positive number of cents`);
  return cents;
}
