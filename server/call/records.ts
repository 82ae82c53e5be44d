import { asc, eq } from 'drizzle-orm';
import type { Actor, Database } from '../../db/connection.ts';
import { callEvents } from '../../db/schema/index.ts';
import type { Keys } from '../security/keys.ts';
import type { LogChunk } from './event-log.ts';
import type { CallBatch } from './group-commit.ts';
import { insertRecords, type SealedBatch } from './record-rows.ts';

const SYSTEM: Actor = { kind: 'system', purpose: 'save the records of calls' };

/** What is kept of calls while they are held: transcript and costs as they are, the event log sealed. */
export class CallRecords {
  readonly #db: Database;
  readonly #keys: Keys;

  constructor(db: Database, keys: Keys) {
    this.#db = db;
    this.#keys = keys;
  }

  /** Writes the records of several calls, all or nothing. */
  async save(entries: readonly CallBatch[]): Promise<void> {
    const sealed = await Promise.all(entries.map((entry) => this.#sealed(entry)));
    await this.#db.as(SYSTEM, (tx) => insertRecords(tx, sealed));
  }

  /** The chunks of a call in order; those of which something was forgotten are empty. */
  async eventLog(actor: Actor, callId: string): Promise<LogChunk[]> {
    const rows = await this.#db.as(actor, (tx) =>
      tx.select().from(callEvents).where(eq(callEvents.callId, callId)).orderBy(asc(callEvents.flush)),
    );
    return Promise.all(
      rows.map(async ({ flush, coreVersion, config, events, sealed, effectsDigest }) => {
        const content =
          sealed === null
            ? { config, events }
            : ((await this.#keys.open(
                { kind: 'call', id: callId },
                contextOf(callId, flush),
                sealed,
              )) as object);
        return { flush, coreVersion, effectsDigest, ...content } as LogChunk;
      }),
    );
  }

  async #sealed({ callId, userId, batch }: CallBatch): Promise<SealedBatch> {
    const { log, turns, costs } = batch;
    if (log === null) return { callId, userId, log, turns, costs };
    const { config, events, ...rest } = log;
    const context = contextOf(callId, log.flush);
    const sealed = await this.#keys.seal({ kind: 'call', id: callId }, context, { config, events });
    return { callId, userId, turns, costs, log: { ...rest, sealed: `\\x${sealed.toString('hex')}` } };
  }
}

function contextOf(callId: string, flush: number): string {
  return `flush ${flush} of the event log of call ${callId}`;
}
