import { inArray, type SQLWrapper } from 'drizzle-orm';
import type { Transaction } from '../../db/connection.ts';
import { recordingPieces, recordings } from '../../db/schema/index.ts';

/** Deletes the sound of calls before its time; the carrier's copy follows as soon as the call is over. */
export async function eraseRecordings(tx: Transaction, callIds: string[] | SQLWrapper): Promise<void> {
  const erased = await tx
    .update(recordings)
    .set({ state: 'erased' })
    .where(inArray(recordings.callId, callIds))
    .returning({ id: recordings.id });
  const ids = erased.map(({ id }) => id);
  if (ids.length > 0) await tx.delete(recordingPieces).where(inArray(recordingPieces.recordingId, ids));
}
