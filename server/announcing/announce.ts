import { and, eq, isNull } from 'drizzle-orm';
import type { Transaction } from '../../db/connection.ts';
import { addJob } from '../../db/job-queue.ts';
import { announcements } from '../../db/schema/index.ts';

/** What has happened. Ids, amounts and states: the words of a call or a memory go nowhere by this way. */
export type Announcement =
  | {
      type: 'call.ended';
      callId: string;
      userId: string;
      data: {
        persona: string;
        direction: 'outbound' | 'inbound';
        answered: boolean;
        endReason: string;
        totalCents: number;
      };
    }
  | {
      type: 'call.settled';
      callId: string;
      userId: null;
      data: {
        state: 'captured' | 'released' | 'hold_lost';
        totalCents: number;
        capturedCents: number;
        writtenOffCents: number;
      };
    }
  | {
      type: 'recording.ready';
      callId: string;
      userId: string;
      data: { recordingId: string; seconds: number };
    }
  | { type: 'memory.updated'; callId: null; userId: string; data: { persona: string | null } }
  | { type: 'alert.raised'; callId: string | null; userId: null; data: { kind: string; detail: string } };

export const ANNOUNCE_JOB = 'announce';

/**
 * Says that something has happened, in the transaction in which it does: rolled back, nothing was said. Changes of one
 * memory that nobody has been told of yet are one announcement.
 */
export async function announce(tx: Transaction, announcement: Announcement): Promise<void> {
  if (announcement.type === 'memory.updated' && (await isWaiting(tx, announcement))) return;
  const [row] = await tx.insert(announcements).values(announcement).returning({ id: announcements.id });
  if (row === undefined) throw new Error('the database returned no row for an insert');
  await enqueueAnnouncement(tx, row.id);
}

export async function enqueueAnnouncement(tx: Transaction, announcementId: string): Promise<void> {
  await addJob(tx, ANNOUNCE_JOB, { announcementId }, { key: `announce:${announcementId}` });
}

async function isWaiting(
  tx: Transaction,
  { userId, data }: Extract<Announcement, { type: 'memory.updated' }>,
): Promise<boolean> {
  const waiting = await tx
    .select({ id: announcements.id })
    .from(announcements)
    .where(
      and(
        eq(announcements.type, 'memory.updated'),
        eq(announcements.userId, userId),
        eq(announcements.data, data),
        isNull(announcements.handledAt),
      ),
    )
    .for('share'); // what somebody tells of in this moment is waited for and looked at again
  return waiting.length > 0;
}
