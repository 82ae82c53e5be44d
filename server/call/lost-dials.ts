import { type Clock, sleep } from '../clock.ts';
import type { Attempts } from '../dialing/attempts.ts';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Carrier } from './ports.ts';
import type { CallRow, CallStore } from './store.ts';

/** When the carrier's answer was lost: how long to wait before each look whether the phone rings. */
const LOOK_AFTER_MS = [500, 1_000, 2_000];

/** The carrier's clock may be behind the database's. */
const CARRIER_SKEW_MS = 120_000;

/** The carrier's call to a number that we know nothing of: the one whose answer was lost. */
export async function findDialed(
  { carrier, attempts }: { carrier: Carrier; attempts: Attempts },
  toNumber: string,
  claimedAt: Date,
): Promise<string | null> {
  const sids = await carrier.callsTo(toNumber, new Date(claimedAt.getTime() - CARRIER_SKEW_MS));
  const known = await attempts.known(sids);
  return sids.find((sid) => !known.has(sid)) ?? null;
}

export interface SearchParts {
  carrier: Carrier;
  attempts: Attempts;
  store: CallStore;
  clock: Clock;
  log: Logger;
}

/**
 * The carrier was asked to ring a number, and its answer was lost. It is not asked again: the call is looked for, and
 * goes on if it is there.
 * @returns `unreachable` while the carrier could not even be asked for it.
 */
export async function searchLostDial(
  parts: SearchParts,
  call: CallRow,
  problem: string,
): Promise<'found' | 'nowhere' | 'unreachable'> {
  const { clock, log } = parts;
  log.warn({ callId: call.id, problem }, 'the carrier’s answer to a dial was lost; looking for the call');
  let wasAsked = false;
  for (const delayMs of LOOK_AFTER_MS) {
    await sleep(clock, delayMs);
    try {
      if (await adopt(parts, call)) return 'found';
      wasAsked = true;
    } catch (error) {
      log.warn(
        { callId: call.id, problem: describeError(error) },
        'the carrier could not be asked for a call',
      );
    }
  }
  return wasAsked ? 'nowhere' : 'unreachable';
}

/** @returns true when it is known under which id the carrier rings the number, or the call is over. */
async function adopt(parts: SearchParts, { id, toNumber, attempts: attempt }: CallRow): Promise<boolean> {
  const now = await parts.store.get(id);
  if (now.carrierSid !== null || now.state === 'ended' || now.attempts !== attempt) return true;
  const found = await findDialed(parts, toNumber, now.heartbeatAt ?? now.createdAt);
  if (found === null) return false;
  await parts.attempts.dialed(id, attempt, found);
  return true;
}
