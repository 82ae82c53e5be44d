import { sql } from 'drizzle-orm';
import type { Transaction } from '../../db/connection.ts';
import { users } from '../../db/schema/index.ts';

/** Finds somebody by number, or adds them. Zone and age are taken where nobody has told them before. */
export async function ensureUser(
  tx: Transaction,
  phoneNumber: string,
  displayName: string,
  stated: { timeZone?: string; ageBand?: 'adult' | 'minor' } = {},
): Promise<{ id: string; displayName: string }> {
  const { timeZone, ageBand } = stated;
  const zone = timeZone === undefined ? {} : { timeZone, zoneStated: true };
  const age = ageBand === undefined ? {} : { ageBand };
  const [row] = await tx
    .insert(users)
    .values({ phoneNumber, displayName, ...zone, ...age })
    .onConflictDoUpdate({
      target: users.phoneNumber,
      set: {
        displayName,
        // Who was said to be a minor stays one, until they or an admin say otherwise of the user themselves.
        ...(ageBand === undefined ? {} : { ageBand: sql`coalesce(${users.ageBand}, ${ageBand})` }),
        ...(timeZone === undefined
          ? {}
          : {
              timeZone: sql`case when ${users.zoneStated} then ${users.timeZone} else ${timeZone} end`,
              zoneStated: true,
            }),
      },
    })
    .returning({ id: users.id, displayName: users.displayName });
  if (row === undefined) throw new Error('the database returned no row for an insert');
  return row;
}
