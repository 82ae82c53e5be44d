import { sql } from 'drizzle-orm';
import type { Transaction } from '../../db/connection.ts';
import { users } from '../../db/schema/index.ts';

/** Finds somebody by number, or adds them. The zone is taken where nobody has told it before. */
export async function ensureUser(
  tx: Transaction,
  phoneNumber: string,
  displayName: string,
  timeZone?: string,
): Promise<{ id: string; displayName: string }> {
  const zone = timeZone === undefined ? {} : { timeZone, zoneStated: true };
  const [row] = await tx
    .insert(users)
    .values({ phoneNumber, displayName, ...zone })
    .onConflictDoUpdate({
      target: users.phoneNumber,
      set: {
        displayName,
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
