import { z } from 'zod';
import type { Transaction } from '../../db/connection.ts';
import { userPersonaRelationships, users } from '../../db/schema/index.ts';
import { RingbackError } from '../errors.ts';
import type { Fingerprints } from '../memory/fingerprints.ts';
import { E164 } from '../phone-number.ts';
import { isTimeZone } from '../zoned-time.ts';

/** What the dumps of the customer's systems have in common, and what becomes of them. */

/** Ids there are numbers or texts. */
export const id = z.union([z.string().min(1), z.number()]).transform(String);
export const moment = z.coerce.date();
const text = z.string().nullish();

export const userRow = z.looseObject({
  id,
  phone_number: text,
  phone: text,
  name: text,
  display_name: text,
  timezone: text,
});
export type UserRow = z.infer<typeof userRow>;

export interface ImportParts {
  tx: Transaction;
  fingerprints: Fingerprints;
  /** Their ids of personas, as our slugs. */
  personas: ReadonlyMap<string, string>;
  /** Our personas. */
  slugs: ReadonlySet<string>;
}

/** How much of what was in the dump. */
export type Counts = Record<string, number>;

/** Somebody of the dump, found or made by their number. */
export interface KnownUser {
  id: string;
  phoneNumber: string;
}

/** Finds or makes the users of a dump. @returns them by their ids there. @throws RingbackError `import_invalid`. */
export async function importUsers(
  tx: Transaction,
  rows: readonly UserRow[],
): Promise<Map<string, KnownUser>> {
  const known = new Map<string, KnownUser>();
  for (const row of rows) {
    const phoneNumber = (row.phone_number ?? row.phone ?? '').replace(/[\s()-]/g, '');
    if (!E164.test(phoneNumber))
      throw invalid(`User ${row.id} has the phone number "${phoneNumber}".`, 'Write it as +15551230000.');
    const displayName = row.display_name ?? row.name ?? 'Friend';
    const zoneStated = row.timezone != null && isTimeZone(row.timezone);
    const timeZone = zoneStated ? (row.timezone ?? 'UTC') : 'UTC';
    const [made] = await tx
      .insert(users)
      .values({ phoneNumber, displayName, timeZone, zoneStated })
      .onConflictDoUpdate({ target: users.phoneNumber, set: { phoneNumber } }) // who is known keeps their name
      .returning({ id: users.id, phoneNumber: users.phoneNumber });
    if (made !== undefined) known.set(row.id, made);
  }
  return known;
}

/** @throws RingbackError `import_invalid` for a row about nobody. */
export function userOf(known: ReadonlyMap<string, KnownUser>, theirId: string, what: string): KnownUser {
  const user = known.get(theirId);
  if (user !== undefined) return user;
  throw invalid(
    `${what} is about user ${theirId}, who is not in "users".`,
    'Add the user, or take the row out.',
  );
}

/** Our persona for theirs. @throws RingbackError `import_invalid` that says how to name it. */
export function personaOf({ personas, slugs }: ImportParts, theirId: string): string {
  const slug = personas.get(theirId) ?? theirId.toLowerCase();
  if (slugs.has(slug)) return slug;
  throw invalid(
    `There is no persona for "${theirId}".`,
    `Add --persona ${theirId}=<${[...slugs].join('|')}>.`,
  );
}

export async function ensureRelationship(tx: Transaction, userId: string, persona: string): Promise<void> {
  await tx.insert(userPersonaRelationships).values({ userId, persona }).onConflictDoNothing();
}

export function invalid(message: string, remedy: string): RingbackError {
  return new RingbackError('import_invalid', message, { remedy });
}
