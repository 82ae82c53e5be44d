import { and, eq, sql } from 'drizzle-orm';
import type { Actor, Database } from '../../../db/connection.ts';
import { memoryMirrorItems, memoryMirrorScopes } from '../../../db/schema/index.ts';
import { type Clock, sleep } from '../../clock.ts';
import { describeError } from '../../errors.ts';
import type { Sweep } from '../../jobs/runner.ts';
import type { Logger } from '../../log.ts';
import { type Scope, SHARED } from '../scope.ts';
import { containerOf, type MemoryHome, type MirroredItem } from './home.ts';
import { digestOf, itemsOf } from './items.ts';

export interface MirrorParts {
  db: Database;
  home: MemoryHome;
  clock: Clock;
  log: Logger;
  /** Between two requests, so that no vendor's limit is met; milliseconds. */
  paceMs?: number;
}

/** What was done, or would be. */
export interface Followed {
  put: number;
  removed: number;
}

type Kept = typeof memoryMirrorItems.$inferSelect;

const SYSTEM: Actor = { kind: 'system', purpose: 'mirror memories' };
const SWEEP_EVERY_MS = 5_000;
const SCOPES_AT_ONCE = 50;
/** Somebody who has not finished by then is taken to be dead; after a failure the next try waits as long. */
const BUSY_FOR = '2 minutes';
/** 20 requests a second. */
const PACE_MS = 50;
const MOST_FAILURES = 3;

/**
 * Keeps a copy of what is remembered in another home, behind the record and never in its way: whenever a relationship's
 * memory has changed, its items there are compared with what they should be. What was forgotten is taken away there too.
 */
export class MemoryMirror {
  readonly #parts: MirrorParts;

  constructor(parts: MirrorParts) {
    this.#parts = parts;
  }

  get sweeps(): readonly Sweep[] {
    return [{ name: 'the mirror of memories', everyMs: SWEEP_EVERY_MS, run: () => this.catchUp() }];
  }

  /** Follows everything that has changed since it was last looked at. */
  async catchUp(): Promise<void> {
    for (const { version, ...scope } of await this.#behind()) await this.#followOne(scope, version);
    for (const scope of await this.#orphaned()) await this.follow(scope);
  }

  /** Brings one relationship up to date. @param dryRun only counts. */
  async follow(scope: Scope, { dryRun = false, onStep = () => {} }: FollowOptions = {}): Promise<Followed> {
    const { wanted, kept } = await this.#compare(scope);
    const byRef = new Map(wanted.map((item) => [item.ref, item]));
    const stale = kept.filter((row) => !isUpToDate(row, byRef.get(row.ref)));
    const fine = new Set(kept.filter((row) => !stale.includes(row)).map(({ ref }) => ref));
    const missing = wanted.filter(({ ref }) => !fine.has(ref));
    const total = stale.length + missing.length;
    if (dryRun) return { put: missing.length, removed: stale.length };
    const steps = [
      ...stale.map((row) => () => this.#remove(scope, row)),
      ...missing.map((item) => () => this.#put(scope, item)),
    ];
    await doEach(steps, (done) => onStep(done, total));
    return { put: missing.length, removed: stale.length };
  }

  async #followOne(scope: Scope, version: number): Promise<void> {
    try {
      await this.follow({ ...scope, persona: SHARED });
      await this.follow(scope);
      await this.#mark(scope, { version, busyUntil: null });
    } catch (error) {
      this.#parts.log.warn(
        { home: this.#parts.home.name, problem: describeError(error) },
        'memories could not be mirrored; it is tried again',
      );
    }
  }

  /** Relationships that have changed, claimed for this process. */
  async #behind(): Promise<Array<Scope & { version: number }>> {
    const home = this.#parts.home.name;
    const rows = await this.#parts.db.as(SYSTEM, (tx) =>
      tx.execute<{ userId: string; persona: string; version: string }>(sql`
        insert into memory_mirror_scopes as s (home, user_id, persona, busy_until)
        select ${home}, r.user_id, r.persona, now() + ${BUSY_FOR}::interval
        from user_persona_relationships r
        left join memory_mirror_scopes m on m.home = ${home} and m.user_id = r.user_id and m.persona = r.persona
        where r.memory_version > coalesce(m.version, -1) and coalesce(m.busy_until, '-infinity') < now()
        limit ${SCOPES_AT_ONCE}
        on conflict (home, user_id, persona) do update set busy_until = excluded.busy_until
          where coalesce(s.busy_until, '-infinity') < now()
        returning user_id as "userId", persona,
          (select memory_version from user_persona_relationships r
            where r.user_id = s.user_id and r.persona = s.persona) as version`),
    );
    return rows.map(({ userId, persona, version }) => ({ userId, persona, version: Number(version) }));
  }

  /** What is kept there of users who are not here any more. */
  #orphaned(): Promise<Scope[]> {
    const { userId, persona, home } = memoryMirrorItems;
    return this.#parts.db.as(SYSTEM, (tx) =>
      tx
        .selectDistinct({ userId, persona })
        .from(memoryMirrorItems)
        .where(
          and(eq(home, this.#parts.home.name), sql`not exists (select from users u where u.id = ${userId})`),
        ),
    );
  }

  #compare(scope: Scope): Promise<{ wanted: MirroredItem[]; kept: Kept[] }> {
    return this.#parts.db.as(SYSTEM, async (tx) => ({
      wanted: await itemsOf(tx, scope),
      kept: await tx
        .select()
        .from(memoryMirrorItems)
        .where(
          and(
            eq(memoryMirrorItems.home, this.#parts.home.name),
            eq(memoryMirrorItems.userId, scope.userId),
            eq(memoryMirrorItems.persona, scope.persona),
          ),
        ),
    }));
  }

  async #put(scope: Scope, item: MirroredItem): Promise<void> {
    const { db, home } = this.#parts;
    const row = { home: home.name, ref: item.ref, ...scope, digest: digestOf(item) };
    // First the row: what may have arrived is looked for there before it is sent again.
    await db.as(SYSTEM, (tx) =>
      tx
        .insert(memoryMirrorItems)
        .values({ ...row, state: 'sending' })
        .onConflictDoNothing(),
    );
    await this.#pace();
    const externalId = await home.put(item);
    await db.as(SYSTEM, (tx) =>
      tx
        .update(memoryMirrorItems)
        .set({ state: 'kept', externalId })
        .where(and(eq(memoryMirrorItems.home, home.name), eq(memoryMirrorItems.ref, item.ref))),
    );
  }

  async #remove(scope: Scope, { ref, externalId }: Kept): Promise<void> {
    const { db, home } = this.#parts;
    const container = containerOf(scope);
    await this.#pace();
    const known = externalId ?? (await home.find(container, ref));
    if (known !== null) await home.remove(container, known);
    await db.as(SYSTEM, (tx) =>
      tx
        .delete(memoryMirrorItems)
        .where(and(eq(memoryMirrorItems.home, home.name), eq(memoryMirrorItems.ref, ref))),
    );
  }

  #mark({ userId, persona }: Scope, change: Partial<typeof memoryMirrorScopes.$inferInsert>) {
    return this.#parts.db.as(SYSTEM, (tx) =>
      tx
        .update(memoryMirrorScopes)
        .set(change)
        .where(
          and(
            eq(memoryMirrorScopes.home, this.#parts.home.name),
            eq(memoryMirrorScopes.userId, userId),
            eq(memoryMirrorScopes.persona, persona),
          ),
        ),
    );
  }

  #pace(): Promise<void> {
    const { clock, paceMs = PACE_MS } = this.#parts;
    return paceMs === 0 ? Promise.resolve() : sleep(clock, paceMs);
  }
}

export interface FollowOptions {
  dryRun?: boolean;
  onStep?(done: number, total: number): void;
}

/** One item that is refused does not hold the others up; a home that is gone is not asked for every one of them. */
async function doEach(
  steps: ReadonlyArray<() => Promise<void>>,
  onStep: (done: number) => void,
): Promise<void> {
  let failure: unknown = null;
  let inARow = 0;
  for (const [i, step] of steps.entries()) {
    try {
      await step();
      inARow = 0;
    } catch (error) {
      failure = error;
      inARow += 1;
      if (inARow >= MOST_FAILURES) break;
    }
    onStep(i + 1);
  }
  if (failure !== null) throw failure;
}

function isUpToDate(row: Kept, wanted: MirroredItem | undefined): boolean {
  return wanted !== undefined && row.state === 'kept' && row.digest.equals(digestOf(wanted));
}
