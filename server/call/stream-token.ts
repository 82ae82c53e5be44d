import { createHash, randomBytes } from 'node:crypto';

/** A one-time secret for a call's media stream: 256 random bits, of which only the hash is kept. */
export function newStreamToken(): { token: string; hash: Buffer } {
  const token = randomBytes(32).toString('base64url');
  return { token, hash: hashOf(token) };
}

export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
