import type { Versioned } from '../../settings.ts';

/** A setting as a route answers it: its values, with the number of the version beside them. */
export function withVersion<T extends object>({ version, value }: Versioned<T>): T & { version: number } {
  return { version, ...value };
}
