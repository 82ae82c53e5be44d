import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import type { Actor, Database } from '../../db/connection.ts';
import { calls, recordingPieces, recordings } from '../../db/schema/index.ts';
import { announce } from '../announcing/announce.ts';
import type { Keys } from '../security/keys.ts';

export type RecordingRow = typeof recordings.$inferSelect;

/** The sound of a stored recording. */
export interface StoredSound {
  byteCount: number;
  /** In order, each opened when it is asked for. */
  pieces(): AsyncIterable<Buffer>;
}

/** So long after its call a recording that the carrier has named, and does not list, is waited for. */
const LISTED_WITHIN = '1 hour';
const SYSTEM: Actor = { kind: 'system', purpose: 'recordings' };
/** Large enough for few rows, small enough to be held in memory for many readers: 8 s of two-channel WAV. */
const PIECE_BYTES = 256 * 1_024;

/** The recordings that we have, sealed; and those that the carrier still has. */
export class Recordings {
  readonly #db: Database;
  readonly #keys: Keys;

  constructor(db: Database, keys: Keys) {
    this.#db = db;
    this.#keys = keys;
  }

  /** Notes that a call will be recorded, before the carrier is asked: whatever becomes of the answer, it is looked for. */
  async expect(callId: string, userId: string): Promise<void> {
    await this.#db.as(SYSTEM, (tx) => tx.insert(recordings).values({ callId, userId }).onConflictDoNothing());
  }

  async named(callId: string, carrierSid: string): Promise<void> {
    await this.#db.as(SYSTEM, (tx) =>
      tx.update(recordings).set({ carrierSid }).where(eq(recordings.callId, callId)),
    );
  }

  async find(actor: Actor, callId: string): Promise<RecordingRow | undefined> {
    const [row] = await this.#db.as(actor, (tx) =>
      tx.select().from(recordings).where(eq(recordings.callId, callId)),
    );
    return row;
  }

  /** A recording that the carrier still has, with its call. */
  async atCarrier(callId: string) {
    const [row] = await this.#db.as(SYSTEM, (tx) =>
      tx
        .select({
          recording: recordings,
          call: calls,
          isLongOver: sql<boolean>`${calls.endedAt} < now() - ${LISTED_WITHIN}::interval`,
        })
        .from(recordings)
        .innerJoin(calls, eq(calls.id, recordings.callId))
        .where(and(eq(recordings.callId, callId), isNull(recordings.carrierRemovedAt))),
    );
    return row;
  }

  /** Calls that are over for so long and of which the carrier still has a recording. */
  async uncollected(endedForSeconds: number): Promise<string[]> {
    const rows = await this.#db.as(SYSTEM, (tx) =>
      tx
        .select({ callId: recordings.callId })
        .from(recordings)
        .innerJoin(calls, eq(calls.id, recordings.callId))
        .where(
          and(
            isNull(recordings.carrierRemovedAt),
            sql`${calls.endedAt} < now() - make_interval(secs => ${endedForSeconds})`,
          ),
        ),
    );
    return rows.map(({ callId }) => callId);
  }

  /**
   * Stores the sound of a recording that was asked for. Piece by piece, with no transaction around the download: whoever
   * stores it at the same time, or again after a crash, writes the same pieces.
   */
  async store(
    { id, callId, userId }: RecordingRow,
    sound: AsyncIterable<Uint8Array>,
    { seconds, keptDays }: { seconds: number; keptDays: number },
  ): Promise<void> {
    let byteCount = 0;
    let seq = 0;
    for await (const piece of inPieces(sound)) {
      const sealed = await this.#keys.sealBytes({ kind: 'call', id: callId }, contextOf(id, seq), piece);
      await this.#db.as(SYSTEM, (tx) =>
        tx.insert(recordingPieces).values({ recordingId: id, userId, seq, sealed }).onConflictDoNothing(),
      );
      byteCount += piece.length;
      seq += 1;
    }
    await this.#db.as(SYSTEM, async (tx) => {
      const stored = await tx
        .update(recordings)
        .set({
          state: 'stored',
          seconds,
          byteCount,
          storedAt: sql`now()`,
          keptUntil: sql`now() + make_interval(days => ${keptDays})`,
        })
        .where(and(eq(recordings.id, id), eq(recordings.state, 'asked')))
        .returning({ id: recordings.id });
      if (stored.length > 0)
        await announce(tx, {
          type: 'recording.ready',
          callId,
          userId,
          data: { recordingId: id, seconds },
        });
      else await tx.delete(recordingPieces).where(eq(recordingPieces.recordingId, id)); // erased meanwhile
    });
  }

  async absent({ id }: RecordingRow): Promise<void> {
    await this.#db.as(SYSTEM, (tx) =>
      tx
        .update(recordings)
        .set({ state: 'absent' })
        .where(and(eq(recordings.id, id), eq(recordings.state, 'asked'))),
    );
  }

  /** Nothing can bring it back: what a download left that a deletion overtook, and that broke off, goes now. */
  async removedAtCarrier({ id }: RecordingRow): Promise<void> {
    await this.#db.as(SYSTEM, async (tx) => {
      const [row] = await tx
        .update(recordings)
        .set({ carrierRemovedAt: sql`now()` })
        .where(eq(recordings.id, id))
        .returning({ state: recordings.state });
      if (row?.state !== 'stored')
        await tx.delete(recordingPieces).where(eq(recordingPieces.recordingId, id));
    });
  }

  /** What is stored of a call's recording, or undefined where nothing is. */
  async sound(actor: Actor, callId: string): Promise<StoredSound | undefined> {
    const row = await this.find(actor, callId);
    if (row?.state !== 'stored' || row.byteCount === null) return undefined;
    const { id, byteCount } = row;
    return { byteCount, pieces: () => this.#pieces(actor, callId, id) };
  }

  async *#pieces(actor: Actor, callId: string, recordingId: string): AsyncIterable<Buffer> {
    for (let seq = 0; ; seq += 1) {
      const [piece] = await this.#db.as(actor, (tx) =>
        tx
          .select({ sealed: recordingPieces.sealed })
          .from(recordingPieces)
          .where(and(eq(recordingPieces.recordingId, recordingId), eq(recordingPieces.seq, seq)))
          .orderBy(asc(recordingPieces.seq)),
      );
      if (piece === undefined) return;
      yield this.#keys.openBytes({ kind: 'call', id: callId }, contextOf(recordingId, seq), piece.sealed);
    }
  }
}

/** The same bytes in pieces of one size, the last one shorter. */
async function* inPieces(sound: AsyncIterable<Uint8Array>): AsyncIterable<Buffer> {
  let kept: Buffer = Buffer.alloc(0);
  for await (const bytes of sound) {
    kept = Buffer.concat([kept, bytes]);
    for (; kept.length >= PIECE_BYTES; kept = kept.subarray(PIECE_BYTES)) yield kept.subarray(0, PIECE_BYTES);
  }
  if (kept.length > 0) yield kept;
}

function contextOf(recordingId: string, seq: number): string {
  return `piece ${seq} of recording ${recordingId}`;
}
