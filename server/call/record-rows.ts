import { type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { Transaction } from '../../db/connection.ts';
import { callCostEvents, callEvents, callTurns } from '../../db/schema/index.ts';
import type { LogChunk } from './event-log.ts';
import type { JournalBatch } from './journal.ts';

/** A batch as it is kept: of the event log the numbers in the open, the rest sealed, as PostgreSQL writes bytes. */
export interface SealedBatch extends Omit<JournalBatch, 'log'> {
  callId: string;
  userId: string;
  log: (Omit<LogChunk, 'config' | 'events'> & { sealed: string }) | null;
}

/**
 * The records of calls as rows. This runs several times a second beside the audio of every call, so each table gets
 * one statement with one JSON parameter however many rows there are: a statement for each number of rows would cost
 * time to build, and the driver keeps every different one as a prepared statement.
 */
export async function insertRecords(tx: Transaction, entries: readonly SealedBatch[]): Promise<void> {
  const at = new Date().toISOString();
  const logs: object[] = [];
  const turns: object[] = [];
  const costs: object[] = [];
  for (const { callId, userId, ...batch } of entries) {
    const owner = { callId, userId };
    if (batch.log !== null) logs.push({ ...owner, ...batch.log, events: [], at });
    for (const turn of batch.turns) turns.push({ ...owner, ...turn });
    for (const event of batch.costs) costs.push({ ...owner, ...event });
  }
  if (logs.length > 0) await tx.execute(insert(callEvents, logs));
  if (turns.length > 0) await tx.execute(insert(callTurns, turns));
  if (costs.length > 0) await tx.execute(insert(callCostEvents, costs));
}

/** Rows that are there already are left alone. */
function insert(table: PgTable, rows: readonly object[]): SQL {
  const json = JSON.stringify(rows.map(columnsOf), bigintsAsText);
  return sql`insert into ${table}
    select * from jsonb_populate_recordset(null::${table}, ${json}::jsonb)
    on conflict do nothing`;
}

/** The database's names for the properties of a row. */
function columnsOf(row: object): object {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}

function bigintsAsText(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
