/**
 * The one error type of the product: what happened, to which call, and what to do about it.
 * `code` is stable and machine readable; `remedy` is a sentence for the person who reads it.
 */
export class RingbackError extends Error {
  readonly code: string;
  readonly remedy: string;
  readonly callId: string | undefined;

  constructor(code: string, message: string, options: { remedy: string; callId?: string; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RingbackError';
    this.code = code;
    this.remedy = options.remedy;
    this.callId = options.callId;
  }
}

/**
 * A message that is safe to log. Vendor SDKs attach whole requests, with credentials, to their errors
 * (twilio's network errors carry the Authorization header), so only the message and a short code leave here.
 */
export function describeError(error: unknown): { message: string; code?: string | number; status?: number } {
  if (error instanceof RingbackError) return { message: error.message, code: error.code };
  if (typeof error === 'object' && error !== null) {
    const { message, code, status } = error as { message?: unknown; code?: unknown; status?: unknown };
    return {
      message:
        typeof message === 'string' && message !== '' ? message : Object.prototype.toString.call(error),
      ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
      ...(typeof status === 'number' ? { status } : {}),
    };
  }
  return { message: String(error) };
}
