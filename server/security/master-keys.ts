import { createHmac } from 'node:crypto';
import { RingbackError } from '../errors.ts';
import { KEY_BYTES } from './seal.ts';

/** A key that the database does not hold. The first of a list seals; all of them open. */
export interface MasterKey {
  name: string;
  key: Buffer;
}

/** Name of the key that is derived where none is given. */
export const DERIVED = 'database';
const NAME = /^[a-z0-9][a-z0-9-]{0,29}$/;

/**
 * Reads ENCRYPTION_KEYS: `name:base64` of 32 bytes each, separated by commas, the one in use first.
 * @throws RingbackError `keys_invalid` that says what is wrong with which.
 */
export function parseMasterKeys(text: string): MasterKey[] {
  const keys = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf(':');
      const [name, encoded] = [part.slice(0, Math.max(0, at)), part.slice(at + 1)];
      if (!NAME.test(name) || name === DERIVED)
        throw invalid(`"${name}" is no name for a key; use small letters, digits and hyphens.`);
      const key = Buffer.from(encoded, 'base64');
      if (key.length !== KEY_BYTES)
        throw invalid(`The key "${name}" has ${key.length} bytes; it must have ${KEY_BYTES}.`);
      return { name, key };
    });
  if (new Set(keys.map(({ name }) => name)).size < keys.length) throw invalid('Two keys have one name.');
  return keys;
}

/** The key where none is given: derived from what every instance knows and the database does not hold, its password. */
export function derivedMasterKey(databaseUrl: string): MasterKey {
  const password = decodeURIComponent(new URL(databaseUrl).password);
  return { name: DERIVED, key: createHmac('sha256', password).update('ringback encryption').digest() };
}

function invalid(problem: string): RingbackError {
  return new RingbackError('keys_invalid', `ENCRYPTION_KEYS cannot be used: ${problem}`, {
    remedy: 'Give name:base64 pairs separated by commas; npx ringback keys new prints one.',
  });
}
