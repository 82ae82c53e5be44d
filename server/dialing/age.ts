import { type SQL, sql } from 'drizzle-orm';
import type { DialPolicy } from './policy.ts';

/** How old somebody is said to be, and what that means with a persona. Holds for calls in both directions. */
export interface AgeFacts {
  /** Null while nobody has told. */
  band: 'adult' | 'minor' | null;
  /** A parent agreed to calls on this number. */
  guardianConsented: boolean;
  /** The persona is for adults alone. */
  adultsOnly: boolean;
}

/** As `ageColumns` reads them. */
export interface AgeRow {
  ageBand: AgeFacts['band'];
  guardianConsented: boolean;
  adultsOnly: boolean | null;
}

/** Columns for a query: what is known of a number's holder, and of a persona. */
export function ageColumns(phoneNumber: string, persona: SQL): SQL {
  return sql`
    coalesce((select age_band from users where phone_number = ${phoneNumber}),
      (select 'adult' from consents where phone_number = ${phoneNumber} and kind = 'adult' and withdrawn_at is null))
      as "ageBand",
    exists (select from consents where phone_number = ${phoneNumber} and kind = 'guardian' and withdrawn_at is null)
      as "guardianConsented",
    (select (v.settings->>'adultsOnly')::boolean from personas p
      join persona_versions v on v.slug = p.slug and v.version = p.version where p.slug = ${persona})
      as "adultsOnly"`;
}

export function ageOf({ ageBand, guardianConsented, adultsOnly }: AgeRow): AgeFacts {
  return { band: ageBand, guardianConsented, adultsOnly: adultsOnly === true };
}

/** A minor is talked to where an admin allows it, with a parent's consent, and by no persona for adults. */
export function isBarredMinor(
  { band, guardianConsented, adultsOnly }: AgeFacts,
  { callsMinors }: Pick<DialPolicy, 'callsMinors'>,
): boolean {
  return band === 'minor' && (!callsMinors || !guardianConsented || adultsOnly);
}
