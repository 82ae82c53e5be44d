import type { Clock } from '../clock.ts';
import { type Bill, EMPTY_BILL } from '../cost/bill.ts';
import type { SavedCostEvent } from '../cost/cost-event.ts';
import { CallCostTracker } from '../cost/tracker.ts';
import type { Attempts } from '../dialing/attempts.ts';
import { describeError } from '../errors.ts';
import type { Sweep } from '../jobs/runner.ts';
import type { Logger } from '../log.ts';
import type { Funding } from '../payments/funding.ts';
import { findDialed } from './lost-dials.ts';
import type { Carrier } from './ports.ts';
import type { CallRow, CallStore } from './store.ts';

export interface OrphanParts {
  store: CallStore;
  funding: Funding;
  carrier: Carrier;
  attempts: Attempts;
  clock: Clock;
  log: Logger;
  /** A call is an orphan when its process was silent for so long; heartbeats come every ten seconds. */
  silentMs?: number;
}

const SILENT_MS = 60_000;
const SWEEP_EVERY_MS = 15_000;
const SYSTEM = { kind: 'system', purpose: 'end a call without a process' } as const;

/**
 * Ends calls whose process died: asks the carrier what became of them, hangs up what is still on the line, and
 * bills what was saved and the carrier's time. Any instance may do it, and several at once.
 */
export function orphanSweep(parts: OrphanParts): Sweep {
  return {
    name: 'calls whose process died',
    everyMs: SWEEP_EVERY_MS,
    run: async () => {
      for (const call of await parts.store.orphans(parts.silentMs ?? SILENT_MS)) await endOrphan(parts, call);
    },
  };
}

async function endOrphan(parts: OrphanParts, call: CallRow): Promise<void> {
  const { store, carrier, attempts, log } = parts;
  try {
    if (call.carrierSid === null) {
      // Its process died over the carrier's answer: if the phone rings, the next sweep finds it under this id.
      const found = await findDialed(parts, call.toNumber, call.heartbeatAt ?? call.createdAt);
      if (found !== null) return await attempts.dialed(call.id, call.attempts, found);
      await store.end(call.id, 'live', 'dial-lost', EMPTY_BILL);
      return;
    }
    const { isOver, durationSeconds } = await carrier.look(call.carrierSid);
    if (!isOver) return await carrier.hangUp(call.carrierSid, null); // and the next sweep finds it over
    const bill = await billOf(parts, call, call.carrierDurationSeconds ?? durationSeconds);
    await store.end(call.id, 'live', 'process-died', bill);
    log.warn({ callId: call.id }, 'ended a call whose process had died');
  } catch (error) {
    log.error(
      { callId: call.id, problem: describeError(error) },
      'a call without a process could not be ended; it is tried again',
    );
  }
}

/** The bill from what the dead process had saved, and the time that the carrier bills. */
async function billOf(parts: OrphanParts, call: CallRow, durationSeconds: number | null): Promise<Bill> {
  const { store, funding, clock } = parts;
  if (call.answeredAt === null && (durationSeconds ?? 0) === 0) return EMPTY_BILL;
  const costs = new CallCostTracker({ callId: call.id, terms: () => funding.termsOf(call.id), clock });
  await costs.initialize();
  costs.restore((await store.costEvents(SYSTEM, call.id)) as SavedCostEvent[]);
  if (durationSeconds !== null && call.carrierSid !== null)
    costs.trackCallDuration({
      direction: call.direction,
      carrierSid: call.carrierSid,
      durationMs: durationSeconds * 1_000,
      outcome: 'complete',
    });
  costs.finalize();
  await store.saveCosts(call, [...costs.unsaved()]);
  return costs.bill();
}
