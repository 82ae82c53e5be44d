import { createHash, randomBytes } from 'node:crypto';

/**
 * A secret to hand out: 256 random bits. Only its hash is kept, so this is the one time it can be read.
 * @param prefix tells kinds of secrets apart where somebody finds one.
 */
export function newSecret(prefix = ''): { secret: string; hash: Buffer } {
  const secret = prefix + randomBytes(32).toString('base64url');
  return { secret, hash: hashOf(secret) };
}

/** SHA-256: enough for secrets that nobody can guess, and quick to look up by. */
export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
