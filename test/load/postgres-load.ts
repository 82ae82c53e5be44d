import { sql } from 'drizzle-orm';
import { type Database, openDatabase } from '../../db/connection.ts';
import { CallRecords } from '../../server/call/records.ts';
import { systemClock } from '../../server/clock.ts';
import { Keys } from '../../server/security/keys.ts';
import { derivedMasterKey } from '../../server/security/master-keys.ts';

/** What calls ask of PostgreSQL, and what it can take. */

const SYSTEM = { kind: 'system', purpose: 'bench' } as const;

export interface PostgresCounters {
  transactions: number;
  rows: number;
  walBytes: number;
}

export async function countersOf(db: Database): Promise<PostgresCounters> {
  const [row] = await db.as(SYSTEM, (tx) =>
    tx.execute<{ transactions: string; rows: string; wal: string }>(sql`
      select xact_commit as transactions, tup_inserted + tup_updated as rows,
        pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint::text as wal
      from pg_stat_database where datname = current_database()`),
  );
  if (row === undefined) throw new Error('the database tells nothing of itself');
  return { transactions: Number(row.transactions), rows: Number(row.rows), walBytes: Number(row.wal) };
}

/** A line of what a minute of a call asked of it. */
export function perCallMinute(
  before: PostgresCounters,
  after: PostgresCounters,
  callMinutes: number,
): string {
  const share = (pick: (counters: PostgresCounters) => number) => (pick(after) - pick(before)) / callMinutes;
  return `  PostgreSQL a call-minute: ${share((c) => c.transactions).toFixed(1)} transactions, ${share((c) => c.rows).toFixed(0)} rows, ${(share((c) => c.walBytes) / 1_024).toFixed(0)} kB of WAL`;
}

const CALLS_IN_A_BATCH = 25;
const WRITERS = 4;
const SECONDS = 10;
/** Of one flush, as recorded calls have it: the event log grows steadily, transcript and costs with every turn. */
const EVENTS = Array.from({ length: 14 }, (_, i) => ({
  type: 'stt.partial',
  at: 700 * i,
  text: 'the report for my boss',
}));
const TURN_EVERY = 5;
const COSTS_EVERY = 2;

/**
 * Writes the records of calls as fast as PostgreSQL takes them, in the shape and by the code of the product.
 * @param serverUrl of a migrated database, for the server's role.
 */
export async function saturate(db: Database, serverUrl: string): Promise<string> {
  const wide = openDatabase(serverUrl, { maxConnections: WRITERS });
  try {
    const records = new CallRecords(wide, await Keys.open(wide, [derivedMasterKey(serverUrl)]));
    const calls = await someCalls(db, CALLS_IN_A_BATCH * WRITERS);
    const deadline = systemClock.nowMs() + SECONDS * 1_000;
    const before = await countersOf(db);
    const flushes = await Promise.all(
      Array.from({ length: WRITERS }, (_, writer) =>
        write(records, calls.slice(writer * CALLS_IN_A_BATCH, (writer + 1) * CALLS_IN_A_BATCH), deadline),
      ),
    );
    const all = flushes.reduce((sum, count) => sum + count, 0);
    const after = await countersOf(db);
    const perSecond = all / SECONDS;
    return `PostgreSQL took ${perSecond.toFixed(0)} flushes of calls a second (${WRITERS} writers, ${CALLS_IN_A_BATCH} calls a transaction, ${((after.walBytes - before.walBytes) / SECONDS / 1_048_576).toFixed(1)} MB of WAL a second): at one flush each 0.7 s, the records of ${(perSecond * 0.7).toFixed(0)} calls`;
  } finally {
    await wide.close();
  }
}

async function write(
  records: CallRecords,
  calls: ReadonlyArray<{ callId: string; userId: string }>,
  deadline: number,
): Promise<number> {
  let flush = 0;
  for (; systemClock.nowMs() < deadline; flush++) {
    const seq = flush;
    await records.save(
      calls.map((call, i) => ({
        ...call,
        batch: {
          log: { flush: seq, coreVersion: 1, config: null, events: EVENTS, effectsDigest: 'bench' } as never,
          turns:
            (seq + i) % TURN_EVERY === 0
              ? [
                  {
                    seq,
                    speaker: 'caller',
                    text: 'I want to finish the report for my boss today.',
                    interrupted: false,
                    atMs: seq,
                    timings: null,
                  },
                ]
              : [],
          costs: (seq + i) % COSTS_EVERY === 0 ? [costAt(seq)] : [],
        },
      })),
    );
  }
  return flush * calls.length;
}

function costAt(seq: number) {
  return {
    seq,
    type: 'tts_generation',
    vendor: 'cartesia',
    sku: 'tts.characters',
    units: 80n,
    retailMicroCents: 1n,
    vendorMicroCents: 1n,
    retailCard: 'bench',
    vendorCard: 'bench',
    vendorReference: `bench ${seq}`,
    outcome: 'complete',
    reason: null,
    at: new Date(),
  } as never;
}

async function someCalls(db: Database, count: number): Promise<Array<{ callId: string; userId: string }>> {
  return db.as(SYSTEM, async (tx) => {
    const rows = await tx.execute<{ id: string; userId: string }>(sql`
      with caller as (insert into users (phone_number, display_name) values ('+15559999999', 'Bench')
        on conflict (phone_number) do update set display_name = 'Bench' returning id)
      insert into calls (user_id, persona, direction, state, to_number, from_number, cap_cents)
        select caller.id, 'brad', 'outbound', 'live', '+15559999999', '+15550199', 100
        from caller, generate_series(1, ${count}) returning id, user_id as "userId"`);
    return rows.map(({ id, userId }) => ({ callId: id, userId }));
  });
}
