import { eq, sql } from 'drizzle-orm';
import type { Actor, Database } from '../../db/connection.ts';
import { calls, commitments, scheduleRuns, schedules, users } from '../../db/schema/index.ts';
import type { Clock } from '../clock.ts';
import { DialRefused } from '../dialing/gate.ts';
import { PASSING_RULES } from '../dialing/rules.ts';
import { enqueueRun, type Schedule, type ScheduleRun } from '../dialing/schedules.ts';
import { RingbackError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Dialer } from './dialer.ts';
import type { PlaceCallRequest } from './planning.ts';

export interface ScheduledCallsParts {
  db: Database;
  dialer: Dialer;
  clock: Clock;
  log: Logger;
}

/** What is passing is waited for, as long as the occurrence's window is open. */
const AGAIN_AFTER_MS = 60_000;
const SYSTEM: Actor = { kind: 'system', purpose: 'make a scheduled call' };

interface DueRun {
  run: ScheduleRun;
  schedule: Schedule;
  to: string;
  displayName: string;
  /** The call that was made for it, by somebody who did not live to note it. */
  callId: string | null;
  isLate: boolean;
  isPromiseSettled: boolean;
}

/** Makes the calls of schedules, each occurrence at most once. */
export class ScheduledCalls {
  readonly #parts: ScheduledCallsParts;

  constructor(parts: ScheduledCallsParts) {
    this.#parts = parts;
  }

  /** An occurrence is due. May run twice, and after a crash. */
  async run(runId: string): Promise<void> {
    const due = await this.#load(runId);
    if (due === undefined || due.run.state !== 'due') return;
    const { schedule, isLate, isPromiseSettled } = due;
    if (due.callId !== null) return this.#note(runId, 'placed', null, due.callId);
    const isOff =
      schedule.pausedAt !== null || schedule.skippedDates.includes(due.run.occurrence.slice(0, 10));
    if (isOff) return this.#note(runId, 'skipped', 'paused or left out');
    if (isPromiseSettled) return this.#note(runId, 'skipped', 'the promise is settled');
    if (isLate) return this.#note(runId, 'missed', 'its time was over');
    try {
      await this.#note(runId, 'placed', null, await this.#place(due));
    } catch (error) {
      await this.#onRefused(runId, error);
    }
  }

  async #place({ run, schedule, to, displayName }: DueRun): Promise<string> {
    const { dialer } = this.#parts;
    const { persona, retries, mandateId } = schedule;
    const request: PlaceCallRequest = {
      to,
      displayName,
      persona,
      retries,
      scheduled: { runId: run.id, dueAt: run.dueAt },
    };
    if (mandateId === null) return (await dialer.place(SYSTEM, request)).id;
    return (await dialer.placeUnderMandate(SYSTEM, request, mandateId)).call.id;
  }

  async #onRefused(runId: string, error: unknown): Promise<void> {
    if (!(error instanceof RingbackError) || error.code === 'draining') throw error;
    if (error instanceof DialRefused && PASSING_RULES.has(error.code)) {
      const again = new Date(this.#parts.clock.wallMs() + AGAIN_AFTER_MS);
      return this.#parts.db.as(SYSTEM, (tx) => enqueueRun(tx, runId, again));
    }
    this.#parts.log.info({ runId, rule: error.code }, 'a scheduled call was not made');
    await this.#note(runId, 'refused', error.code, error.callId ?? null);
  }

  async #note(
    runId: string,
    state: ScheduleRun['state'],
    reason: string | null,
    callId: string | null = null,
  ): Promise<void> {
    await this.#parts.db.as(SYSTEM, (tx) =>
      tx.update(scheduleRuns).set({ state, reason, callId }).where(eq(scheduleRuns.id, runId)),
    );
  }

  async #load(runId: string): Promise<DueRun | undefined> {
    const [row] = await this.#parts.db.as(SYSTEM, (tx) =>
      tx
        .select({
          run: scheduleRuns,
          schedule: schedules,
          to: users.phoneNumber,
          displayName: users.displayName,
          callId: calls.id,
          isLate: sql<boolean>`now() > ${scheduleRuns.dueAt} + make_interval(mins => ${schedules.windowMinutes})`,
          promise: commitments.status,
        })
        .from(scheduleRuns)
        .innerJoin(schedules, eq(schedules.id, scheduleRuns.scheduleId))
        .innerJoin(users, eq(users.id, scheduleRuns.userId))
        .leftJoin(calls, eq(calls.scheduleRunId, scheduleRuns.id))
        .leftJoin(commitments, eq(commitments.id, schedules.commitmentId))
        .where(eq(scheduleRuns.id, runId)),
    );
    if (row === undefined) return undefined;
    const { promise, ...rest } = row;
    return { ...rest, isPromiseSettled: promise !== null && promise !== 'open' };
  }
}
