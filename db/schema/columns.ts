import { sql } from 'drizzle-orm';
import { bigint, customType, timestamp, uuid } from 'drizzle-orm/pg-core';

/** A random primary key. */
export const id = () => uuid().primaryKey().default(sql`gen_random_uuid()`);

/** A point in time, with zone, to the millisecond. */
export const at = () => timestamp({ withTimezone: true, mode: 'date', precision: 3 });

/** Exact money: integer micro-cents (1e-8 US dollars). Never a float, never a JavaScript number. */
export const microCents = () => bigint({ mode: 'bigint' });

/** Raw bytes, for hashes of secrets. */
export const bytes = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' });
