import type { Database } from '../db/connection.ts';
import { claimAttempt } from '../server/dialing/attempts.ts';

const SYSTEM = { kind: 'system', purpose: 'test' } as const;
const NO_QUEUE = 1_000;

/** Takes a planned call to be dialled, as the dialer does behind its gate. @returns whether it was there to be taken. */
export async function claimDial(db: Database, callId: string): Promise<boolean> {
  return (await db.as(SYSTEM, (tx) => claimAttempt(tx, callId, NO_QUEUE))) !== null;
}
