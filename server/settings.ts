import { eq, sql } from 'drizzle-orm';
import type { Transaction } from '../db/connection.ts';
import { settings } from '../db/schema/index.ts';
import { RingbackError } from './errors.ts';

/** What admins set for the whole house, each setting with the number of its version. */

/** A setting with the number of its version; 0 while nobody has changed it. */
export interface Versioned<T> {
  version: number;
  value: T;
}

/** What an admin has set, or undefined while nobody has. */
export async function readSetting(tx: Transaction, name: string) {
  const [row] = await tx.select().from(settings).where(eq(settings.name, name));
  return row;
}

/**
 * Sets it anew.
 * @param seen the version that the change was made from; 0 where there was none.
 * @throws RingbackError `setting_changed` when somebody else was quicker.
 */
export async function changeSetting(
  tx: Transaction,
  name: string,
  value: object,
  seen: number,
): Promise<void> {
  const [written] =
    seen === 0
      ? await tx
          .insert(settings)
          .values({ name, value, version: 1 })
          .onConflictDoUpdate({
            target: settings.name,
            set: { value, version: 1, updatedAt: sql`now()` },
            setWhere: eq(settings.version, 0), // a default that was written down
          })
          .returning()
      : await tx
          .update(settings)
          .set({ value, version: seen + 1, updatedAt: sql`now()` })
          .where(sql`${settings.name} = ${name} and ${settings.version} = ${seen}`)
          .returning();
  if (written !== undefined) return;
  throw settingChanged();
}

/** Somebody was quicker: nothing was changed. */
export function settingChanged(): RingbackError {
  return new RingbackError('setting_changed', 'Somebody has changed this since you read it.', {
    remedy: 'Read it again and repeat your change with the new version.',
  });
}
