import { and, asc, desc, eq, getTableColumns, isNull, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { addJob } from '../../db/job-queue.ts';
import { scheduleRuns, schedules, users } from '../../db/schema/index.ts';
import { RingbackError } from '../errors.ts';
import type { Sweep } from '../jobs/runner.ts';
import { localDateAt, nextOccurrence, type Occurrence, upcoming } from './occurrences.ts';

export type Schedule = typeof schedules.$inferSelect;
export type ScheduleRun = typeof scheduleRuns.$inferSelect;

/** What a schedule says, without what becomes of it. */
export type ScheduleWish = Pick<Schedule, 'userId' | 'persona' | 'atTime' | 'madeBy'> &
  Partial<
    Pick<
      Schedule,
      | 'onDate'
      | 'fromDate'
      | 'days'
      | 'everyWeeks'
      | 'untilDate'
      | 'timeZone'
      | 'gap'
      | 'mandateId'
      | 'retries'
      | 'windowMinutes'
      | 'commitmentId'
      | 'callId'
    >
  >;

export type ScheduleChange = Partial<
  Pick<
    Schedule,
    'atTime' | 'days' | 'onDate' | 'untilDate' | 'timeZone' | 'gap' | 'retries' | 'windowMinutes'
  >
> & { paused?: boolean };

export const RUN_SCHEDULE_JOB = 'run-schedule';

/** A mandate's money is held so long before the call; Stripe answers within seconds. */
const LEAD_MS = 45_000;
/** Occurrences that come so soon are taken up; what is due later waits for the next sweep. */
const TAKE_UP_MS = 60_000;
const SWEEP_EVERY_MS = 10_000;
const LOOK_AHEAD = 5;
const SYSTEM: Actor = { kind: 'system', purpose: 'schedules' };

/** Calls that are to be made later: what they are, when the next one is due, and what became of each. */
export class Schedules {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** @throws RingbackError `schedule_empty`, `user_unknown`, `mandate_unusable` or `promise_unknown`: of somebody else's there is none. */
  create(wish: ScheduleWish): Promise<Schedule> {
    return this.#db.as(SYSTEM, async (tx) => {
      const { timeZone, nowMs } = await zoneOf(tx, wish.userId);
      await assertTheirs(tx, wish);
      const zone = wish.timeZone ?? timeZone;
      const fromDate = wish.fromDate ?? localDateAt(nowMs, zone);
      const next = nextOccurrence({ ...DEFAULTS, ...wish, fromDate }, zone, nowMs);
      if (next === null) throw empty();
      const [row] = await tx
        .insert(schedules)
        .values({ ...wish, fromDate, nextAt: new Date(next.atMs) })
        .returning();
      return required(row);
    });
  }

  list(actor: Actor, userId: string | null): Promise<Array<Schedule & { displayName: string }>> {
    return this.#db.as(actor, (tx) =>
      tx
        .select({ ...getTableColumns(schedules), displayName: users.displayName })
        .from(schedules)
        .innerJoin(users, eq(users.id, schedules.userId))
        .where(and(isNull(schedules.endedAt), userId === null ? undefined : eq(schedules.userId, userId)))
        .orderBy(asc(schedules.nextAt)),
    );
  }

  /** With its next occurrences and what became of the latest. @throws RingbackError `schedule_unknown`. */
  view(actor: Actor, id: string): Promise<Schedule & { upcoming: Occurrence[]; runs: ScheduleRun[] }> {
    return this.#db.as(actor, async (tx) => {
      const schedule = await found(tx, id);
      const { timeZone, nowMs } = await zoneOf(tx, schedule.userId);
      const runs = await tx
        .select()
        .from(scheduleRuns)
        .where(eq(scheduleRuns.scheduleId, id))
        .orderBy(desc(scheduleRuns.dueAt))
        .limit(20);
      const isOver = schedule.endedAt !== null || schedule.pausedAt !== null;
      const ahead = isOver ? [] : upcoming(schedule, schedule.timeZone ?? timeZone, nowMs, LOOK_AHEAD);
      return { ...schedule, upcoming: ahead, runs };
    });
  }

  /** @throws RingbackError `schedule_unknown` or `schedule_empty`. */
  change(actor: Actor, id: string, { paused, ...change }: ScheduleChange): Promise<Schedule> {
    return this.#db.as(actor, async (tx) => {
      const before = await found(tx, id);
      const pausedAt =
        paused === undefined ? before.pausedAt : paused ? (before.pausedAt ?? new Date()) : null;
      return this.#write(tx, { ...before, ...change, pausedAt });
    });
  }

  /** Leaves one occurrence out: the one of a local date, or the next. @throws RingbackError as `change`. */
  skip(actor: Actor, id: string, date: string | null): Promise<Schedule> {
    return this.#db.as(actor, async (tx) => {
      const before = await found(tx, id);
      const { timeZone, nowMs } = await zoneOf(tx, before.userId);
      const next = nextOccurrence(before, before.timeZone ?? timeZone, nowMs);
      const skipped = date ?? next?.local.slice(0, 10);
      if (skipped === undefined) throw empty();
      const dates = [...new Set([...before.skippedDates, skipped])];
      return this.#write(tx, { ...before, skippedDates: dates }, true);
    });
  }

  /** There are no more calls of it. @throws RingbackError `schedule_unknown`. */
  async end(actor: Actor, id: string): Promise<void> {
    await this.#db.as(actor, async (tx) => {
      await found(tx, id);
      await tx.update(schedules).set({ endedAt: sql`now()`, nextAt: null }).where(eq(schedules.id, id));
      await tx
        .update(scheduleRuns)
        .set({ state: 'skipped', reason: 'the schedule was ended' })
        .where(and(eq(scheduleRuns.scheduleId, id), eq(scheduleRuns.state, 'due')));
    });
  }

  /** @param mayBeOver whether nothing is left is an end rather than a mistake. */
  async #write(tx: Transaction, wanted: Schedule, mayBeOver = false): Promise<Schedule> {
    const { timeZone, nowMs } = await zoneOf(tx, wanted.userId);
    const next = nextOccurrence(wanted, wanted.timeZone ?? timeZone, nowMs);
    if (next === null && !mayBeOver) throw empty();
    const [row] = await tx
      .update(schedules)
      .set({ ...wanted, nextAt: next === null ? null : new Date(next.atMs) })
      .where(eq(schedules.id, wanted.id))
      .returning();
    return required(row);
  }

  get sweep(): Sweep {
    return { name: 'schedules that are due', everyMs: SWEEP_EVERY_MS, run: () => this.takeUp() };
  }

  /** Makes a run of every occurrence that comes, once however many instances look, and finds the one after it. */
  async takeUp(): Promise<void> {
    await this.#db.as(SYSTEM, async (tx) => {
      const due = await tx
        .select({ schedule: schedules, timeZone: users.timeZone })
        .from(schedules)
        .innerJoin(users, eq(users.id, schedules.userId))
        .where(
          and(
            isNull(schedules.endedAt),
            isNull(schedules.pausedAt),
            sql`${schedules.nextAt} < now() + make_interval(secs => ${TAKE_UP_MS / 1_000})`,
          ),
        )
        .limit(200)
        .for('update', { of: schedules, skipLocked: true });
      for (const { schedule, timeZone } of due) await advance(tx, schedule, schedule.timeZone ?? timeZone);
      const lost = await tx
        .select()
        .from(scheduleRuns)
        .where(and(eq(scheduleRuns.state, 'due'), sql`${scheduleRuns.dueAt} < now() - interval '2 minutes'`));
      for (const run of lost) await enqueueRun(tx, run.id, new Date());
    });
  }
}

const DEFAULTS = {
  onDate: null,
  days: [],
  everyWeeks: 1,
  untilDate: null,
  gap: 'later',
  skippedDates: [],
} as const;

async function assertTheirs(
  tx: Transaction,
  { userId, mandateId = null, commitmentId = null }: ScheduleWish,
): Promise<void> {
  const [row] = await tx.execute<{ mandate: boolean; promise: boolean }>(sql`
    select ${mandateId}::uuid is null or exists (
        select from mandates where id = ${mandateId}::uuid and user_id = ${userId}) as mandate,
      ${commitmentId}::uuid is null or exists (
        select from commitments where id = ${commitmentId}::uuid and user_id = ${userId}) as promise`);
  if (row?.mandate !== true)
    throw new RingbackError('mandate_unusable', 'There is no such mandate for calls to this person.', {
      remedy: 'GET /api/mandates shows whom each is for.',
    });
  if (!row.promise)
    throw new RingbackError('promise_unknown', 'This person has made no such promise.', {
      remedy: 'Use the id of one of their promises.',
    });
}

async function advance(tx: Transaction, schedule: Schedule, timeZone: string): Promise<void> {
  const dueAt = schedule.nextAt ?? new Date(0);
  // Found again from just before it: the wall's clock names the occurrence, whatever the zone's rules are by now.
  const occurrence = nextOccurrence(schedule, timeZone, dueAt.getTime() - 1);
  const next = nextOccurrence(schedule, timeZone, dueAt.getTime());
  await tx
    .update(schedules)
    .set({
      nextAt: next === null ? null : new Date(next.atMs),
      endedAt: next === null ? sql`now()` : null,
    })
    .where(eq(schedules.id, schedule.id));
  if (occurrence === null) return;
  const [run] = await tx
    .insert(scheduleRuns)
    .values({
      scheduleId: schedule.id,
      userId: schedule.userId,
      occurrence: occurrence.local,
      dueAt: new Date(occurrence.atMs),
    })
    .onConflictDoNothing()
    .returning({ id: scheduleRuns.id });
  const leadMs = schedule.mandateId === null ? 0 : LEAD_MS;
  if (run !== undefined) await enqueueRun(tx, run.id, new Date(occurrence.atMs - leadMs));
}

export async function enqueueRun(tx: Transaction, runId: string, runAt: Date): Promise<void> {
  await addJob(tx, RUN_SCHEDULE_JOB, { runId }, { key: `schedule:${runId}`, runAt });
}

async function found(tx: Transaction, id: string): Promise<Schedule> {
  const [row] = await tx.select().from(schedules).where(eq(schedules.id, id)).for('update');
  if (row !== undefined) return row;
  throw new RingbackError('schedule_unknown', 'There is no such schedule.', {
    remedy: 'See GET /api/schedules; a user sees only their own.',
  });
}

async function zoneOf(tx: Transaction, userId: string): Promise<{ timeZone: string; nowMs: number }> {
  const [user] = await tx
    .select({ timeZone: users.timeZone, now: sql<string>`now()` })
    .from(users)
    .where(eq(users.id, userId));
  if (user === undefined)
    throw new RingbackError('user_unknown', 'There is no such user.', { remedy: 'Check the userId.' });
  return { timeZone: user.timeZone, nowMs: new Date(user.now).getTime() };
}

function empty(): RingbackError {
  return new RingbackError('schedule_empty', 'This schedule has no call in the future.', {
    remedy: 'Give a date that is still to come, or weekdays.',
  });
}

function required<T>(row: T | undefined): T {
  if (row === undefined) throw new Error('the database returned no row');
  return row;
}
