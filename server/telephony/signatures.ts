import type { IncomingMessage } from 'node:http';
import twilio from 'twilio';

/** Checks what claims to come from Twilio: X-Twilio-Signature, an HMAC-SHA1 over URL and form fields with the auth token. */
export class TwilioSignatures {
  readonly #authToken: string;
  readonly #publicBaseUrl: string;

  /** @param publicBaseUrl the address Twilio was told; behind a proxy the request itself does not know it. */
  constructor(authToken: string, publicBaseUrl: string) {
    this.#authToken = authToken;
    this.#publicBaseUrl = publicBaseUrl;
  }

  /** @param target path and query as received. */
  isValidWebhook(signature: string | undefined, target: string, form: Record<string, unknown>): boolean {
    return (
      signature !== undefined &&
      twilio.validateRequest(this.#authToken, signature, this.#publicBaseUrl + target, form)
    );
  }

  /**
   * Twilio signs the stream's URL without parameters. Whether as wss or https, and with or without a
   * trailing slash, its documentation leaves open, so all four are taken; each is as hard to forge.
   */
  isValidUpgrade(request: IncomingMessage): boolean {
    const header = request.headers['x-twilio-signature'];
    if (typeof header !== 'string') return false;
    const target = request.url ?? '';
    const bases = [this.#publicBaseUrl, this.#publicBaseUrl.replace(/^http/, 'ws')];
    return bases.some((base) =>
      ['', '/'].some((slash) => twilio.validateRequest(this.#authToken, header, base + target + slash, {})),
    );
  }
}
