import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { addJob } from '../../db/job-queue.ts';
import { approvals, calls, dialIntents } from '../../db/schema/index.ts';
import type { Sweep } from '../jobs/runner.ts';
import { nextCallingTime } from './calling-hours.ts';
import { gatherFacts } from './facts.ts';
import type { DialSettings } from './house-settings.ts';
import { NOTHING_PAUSED } from './policy.ts';

type CallRow = typeof calls.$inferSelect;

export const DIAL_JOB = 'dial-approved-call';

/** A call whose turn comes sooner is waited for; another gives its process back to the queue. */
const WORTH_WAITING_MS = 1_500;
/** Its job begins so long before its turn, and waits for it: jobs are picked up a moment late, and turns would bunch. */
const JOB_LEAD_MS = 500;
/** After busy and after no answer; the carrier's other outcomes are final. */
const RETRY_AFTER_MINUTES: Readonly<Record<string, number>> = { busy: 5, 'no-answer': 30 };
/** A call that was asked for now is not made later than this. */
const WAITS_AT_MOST = '30 minutes';
const SWEEP_EVERY_MS = 30_000;
const LATE = '30 seconds';
const SYSTEM: Actor = { kind: 'system', purpose: 'dial' };

/** A call that is being dialled: what the carrier may be asked for once the wait is over. */
export interface Attempt {
  call: CallRow;
  waitMs: number;
}

/**
 * Takes a planned call to be dialled, once: whoever comes second finds it taken. The intent is written with it, before
 * the carrier is asked, so that a crash leaves a trace.
 * @returns null when there is nothing to dial now: taken by another, not yet due, or queued behind others.
 */
export async function claimAttempt(
  tx: Transaction,
  callId: string,
  callsPerSecond: number,
): Promise<Attempt | null> {
  const [call] = await tx
    .select()
    .from(calls)
    .where(and(eq(calls.id, callId), eq(calls.state, 'planned'), eq(calls.direction, 'outbound')))
    .for('update');
  if (call === undefined) return null;
  if (!call.slotTaken && call.dialAfter !== null && (await untilDue(tx, call)).waitMs > 0) {
    await enqueueDial(tx, callId, call.dialAfter); // its money is held in time; the call is for later
    return null;
  }
  const slot = call.slotTaken ? await untilDue(tx, call) : await takeSlot(tx, callsPerSecond);
  if (slot.waitMs > WORTH_WAITING_MS) {
    await tx.update(calls).set({ dialAfter: slot.at, slotTaken: true }).where(eq(calls.id, callId));
    await enqueueDial(tx, callId, new Date(slot.at.getTime() - JOB_LEAD_MS));
    return null;
  }
  const [claimed] = await tx
    .update(calls)
    .set({
      state: 'dialing',
      attempts: call.attempts + 1,
      dialAfter: null,
      slotTaken: false,
      heartbeatAt: sql`now()`,
    })
    .where(eq(calls.id, callId))
    .returning();
  if (claimed === undefined) throw new Error('the database returned no row for an update');
  await tx.insert(dialIntents).values({ callId, attempt: claimed.attempts, toNumber: claimed.toNumber });
  return { call: claimed, waitMs: slot.waitMs };
}

export async function enqueueDial(tx: Transaction, callId: string, runAt?: Date): Promise<void> {
  await addJob(
    tx,
    DIAL_JOB,
    { callId },
    { key: `dial:${callId}`, ...(runAt === undefined ? {} : { runAt }) },
  );
}

/** The next place in the carrier's queue, over all instances. */
async function takeSlot(tx: Transaction, callsPerSecond: number): Promise<{ at: Date; waitMs: number }> {
  const [slot] = await tx.execute<{ at: string; waitMs: number }>(sql`
    update dial_pace p set next_at = greatest(p.next_at, clock_timestamp()) + make_interval(secs => ${1 / callsPerSecond})
    from (select greatest(next_at, clock_timestamp()) as at from dial_pace) before
    returning before.at, greatest(0, extract(epoch from before.at - clock_timestamp()) * 1000)::float as "waitMs"`);
  if (slot === undefined) throw new Error('the queue of the carrier has no row');
  return { at: new Date(slot.at), waitMs: slot.waitMs };
}

async function untilDue(tx: Transaction, { dialAfter }: CallRow): Promise<{ at: Date; waitMs: number }> {
  const at = dialAfter ?? new Date(0);
  const [row] = await tx.execute<{ waitMs: number }>(
    sql`select greatest(0, extract(epoch from ${at.toISOString()}::timestamptz - clock_timestamp()) * 1000)::float as "waitMs"`,
  );
  return { at, waitMs: row?.waitMs ?? 0 };
}

/** Has a planned call dialled later, unless it has waited for too long. @returns whether it waits. */
export async function postpone(tx: Transaction, callId: string, ms: number): Promise<boolean> {
  const [waiting] = await tx
    .update(calls)
    .set({ dialAfter: sql`now() + make_interval(secs => ${ms / 1_000})`, slotTaken: false })
    .where(
      and(
        eq(calls.id, callId),
        eq(calls.state, 'planned'),
        sql`not exists (select from ${approvals} a where a.call_id = ${callId} and a.valid_until < now())`,
        // Nobody who asked for a call now wants it in the evening; schedules and retries have limits of their own.
        sql`(${calls.scheduleRunId} is not null or ${calls.attempts} > 0 or ${calls.funding} <> 'sponsored' or ${calls.createdAt} > now() - ${WAITS_AT_MOST}::interval)`,
      ),
    )
    .returning({ at: calls.dialAfter });
  if (waiting?.at == null) return false;
  await enqueueDial(tx, callId, waiting.at);
  return true;
}

/** What became of attempts, and whether there is another one. */
export class Attempts {
  readonly #db: Database;
  readonly #settings: DialSettings;

  constructor(db: Database, settings: DialSettings) {
    this.#db = db;
    this.#settings = settings;
  }

  /** The carrier rings the number under this id. */
  async dialed(callId: string, attempt: number, carrierSid: string): Promise<void> {
    await this.#db.as(SYSTEM, async (tx) => {
      await tx
        .update(dialIntents)
        .set({
          state: sql`case when ${dialIntents.state} = 'over' then 'over' else 'dialed' end`,
          carrierSid,
        })
        .where(
          and(
            eq(dialIntents.callId, callId),
            eq(dialIntents.attempt, attempt),
            isNull(dialIntents.carrierSid),
          ),
        );
      await tx
        .update(calls)
        .set({ carrierSid })
        .where(and(eq(calls.id, callId), eq(calls.attempts, attempt), isNull(calls.carrierSid)));
    });
  }

  /** @param state `refused`: nobody was rung for certain; `unknown`: nobody knows. */
  async note(callId: string, attempt: number, state: 'refused' | 'unknown', outcome: string): Promise<void> {
    await this.#db.as(SYSTEM, (tx) =>
      tx
        .update(dialIntents)
        .set({ state, outcome, ...(state === 'refused' ? { endedAt: sql`now()` } : {}) })
        .where(
          and(
            eq(dialIntents.callId, callId),
            eq(dialIntents.attempt, attempt),
            inArray(dialIntents.state, ['intended', 'unknown']),
          ),
        ),
    );
  }

  /** The carrier's last word on an attempt. A second time, or about an attempt of long ago, changes nothing else. */
  async over(callId: string, attempt: number, outcome: string): Promise<void> {
    await this.#db.as(SYSTEM, (tx) =>
      tx
        .update(dialIntents)
        .set({ state: 'over', outcome, endedAt: sql`now()` })
        .where(
          and(
            eq(dialIntents.callId, callId),
            eq(dialIntents.attempt, attempt),
            sql`${dialIntents.state} <> 'over'`,
          ),
        ),
    );
  }

  /** Those of the carrier's calls that we know. */
  async known(carrierSids: readonly string[]): Promise<Set<string>> {
    if (carrierSids.length === 0) return new Set();
    const rows = await this.#db.as(SYSTEM, (tx) =>
      tx
        .select({ sid: dialIntents.carrierSid })
        .from(dialIntents)
        .where(inArray(dialIntents.carrierSid, [...carrierSids])),
    );
    return new Set(rows.flatMap(({ sid }) => (sid === null ? [] : [sid])));
  }

  /**
   * Nobody picked up: plans the next attempt where there is one, within the callee's hours and what the payer approved.
   * @returns when; null when there is none, and the call is to end.
   */
  async retry(call: CallRow, outcome: string): Promise<Date | null> {
    const minutes = RETRY_AFTER_MINUTES[outcome];
    if (minutes === undefined || call.attempts >= call.maxAttempts) return null;
    return this.#db.as(SYSTEM, async (tx) => {
      const at = await retryTime(tx, this.#settings, call, minutes);
      if (at === null) return null;
      const [waiting] = await tx
        .update(calls)
        .set({
          state: 'planned',
          dialAfter: at,
          carrierSid: null,
          carrierStatus: null,
          carrierSequence: -1,
          streamTokenHash: null,
          heartbeatAt: null,
        })
        .where(
          and(
            eq(calls.id, call.id),
            inArray(calls.state, ['dialing', 'ringing']),
            eq(calls.attempts, call.attempts),
          ),
        )
        .returning({ id: calls.id });
      if (waiting === undefined) return null;
      await enqueueDial(tx, call.id, at);
      return at;
    });
  }

  /** Something passing is in the way: the call goes on waiting, as long as its payer's yes holds. @returns whether it does. */
  wait(callId: string, ms: number): Promise<boolean> {
    return this.#db.as(SYSTEM, (tx) => postpone(tx, callId, ms));
  }

  /** Calls whose time has come and whose job was lost. */
  get sweep(): Sweep {
    return {
      name: 'calls that wait to be dialled',
      everyMs: SWEEP_EVERY_MS,
      run: () =>
        this.#db.as(SYSTEM, async (tx) => {
          const due = await tx
            .select({ id: calls.id })
            .from(calls)
            .where(and(eq(calls.state, 'planned'), sql`${calls.dialAfter} < now() - ${LATE}::interval`));
          for (const { id } of due) await enqueueDial(tx, id);
        }),
    };
  }
}

/** The first moment from then on at which the callee may be called, unless that is another day or past the payer's yes. */
async function retryTime(
  tx: Transaction,
  settings: DialSettings,
  call: CallRow,
  minutes: number,
): Promise<Date | null> {
  const { value: policy } = await settings.policyIn(tx);
  const question = { to: call.toNumber, persona: call.persona, payerId: null, callId: call.id };
  const facts = await gatherFacts(tx, question, policy, NOTHING_PAUSED, {
    pretend: true,
    onlyNumbers: null,
    vendorCeiling: null,
  });
  const wanted = facts.nowMs + minutes * 60_000;
  const opening =
    facts.timeZone === null ? wanted : nextCallingTime(wanted, facts.timeZone, facts.windows, policy);
  if (opening !== wanted) return null;
  const [approval] = await tx
    .select({ validUntil: approvals.validUntil })
    .from(approvals)
    .where(eq(approvals.callId, call.id));
  return approval !== undefined && approval.validUntil.getTime() <= wanted ? null : new Date(wanted);
}
