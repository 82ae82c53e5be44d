import { createHmac, timingSafeEqual } from 'node:crypto';

/** Their documentation: refuse what is older than half an hour. The same ahead of us, for clocks. */
const TOLERANCE_S = 30 * 60;

/**
 * Checks `ElevenLabs-Signature: t=<unix seconds>,v0=<hex>`: an HMAC-SHA-256 over `<t>.<raw body>`.
 * Source: elevenlabs.io/docs, post-call webhooks, "Authentication".
 */
export function isSigned(header: string, rawBody: Buffer, key: string, nowMs: number): boolean {
  const parts = new Map(
    header.split(',').map((part) => {
      const at = part.indexOf('=');
      return [part.slice(0, at).trim(), part.slice(at + 1).trim()] as const;
    }),
  );
  const [time = '', given = ''] = [parts.get('t'), parts.get('v0')];
  if (!/^\d{1,12}$/.test(time) || !/^[0-9a-f]{64}$/.test(given)) return false;
  if (Math.abs(nowMs / 1_000 - Number(time)) > TOLERANCE_S) return false;
  const wanted = createHmac('sha256', key).update(`${time}.`).update(rawBody).digest();
  return timingSafeEqual(Buffer.from(given, 'hex'), wanted);
}

/** Compares a header's secret in constant time. */
export function isSecret(given: string | undefined, secret: string): boolean {
  const hash = (text: string) => createHmac('sha256', secret).update(text).digest();
  return given !== undefined && timingSafeEqual(hash(given), hash(secret));
}
