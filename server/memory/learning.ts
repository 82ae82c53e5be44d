import { and, asc, eq, isNull, ne, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { addJob } from '../../db/job-queue.ts';
import { callSummaries, calls, callTurns, userPersonaRelationships, users } from '../../db/schema/index.ts';
import { bookLateCosts, type LateCost } from '../cost/late-costs.ts';
import type { RateCards } from '../cost/rate-card-store.ts';
import { RingbackError } from '../errors.ts';
import type { Job, Sweep } from '../jobs/runner.ts';
import { askInTurn, type StructuredModel } from '../llm/structured.ts';
import type { Logger } from '../log.ts';
import { applyCallMemory } from './apply-call-memory.ts';
import { addTurns } from './documents.ts';
import { extractionRequest, type Known, knownOf } from './extraction-request.ts';
import { callMemory } from './extraction-schema.ts';
import type { Fingerprints } from './fingerprints.ts';
import type { HeldCall } from './held-call.ts';
import { memoryConfig } from './memory-config.ts';
import { REDACTED, redactTurns } from './redaction.ts';
import { lockMemory, touch } from './scope.ts';
import { incrementStats } from './stats.ts';
import { buriedBetween } from './tombstones.ts';

export interface LearningParts {
  db: Database;
  /** What a persona is called. */
  personaName(slug: string): Promise<string>;
  fingerprints: Fingerprints;
  rateCards: RateCards;
  /** Asked one after the other until one answers as it should. */
  models: readonly StructuredModel[];
  log: Logger;
}

export const LEARN_JOB = 'learn-from-call';
/** Rises with the prompt or the schema: a call is learned from once with each. */
const EXTRACTION = 'extraction 2';

const SWEEP_EVERY_MS = 60_000;
/** What should have happened by now did not. */
const LATE = '2 minutes';
const TAKEN_UP_FOR = '7 days';
const SYSTEM: Actor = { kind: 'system', purpose: 'learn from a call' };

/** In the transaction that ends a call: has it learned from. */
export async function enqueueLearning(tx: Transaction, callId: string): Promise<void> {
  await addJob(tx, LEARN_JOB, { callId }, { key: `learn:${callId}` });
}

/**
 * What happens in memory after a call: first what was said can be found, then a model reads it and proposes what to
 * remember, and rules decide. May run twice, or again after a crash: each step happens once.
 */
export class Learning {
  readonly #parts: LearningParts;

  constructor(parts: LearningParts) {
    this.#parts = parts;
  }

  async learnFrom(callId: string): Promise<void> {
    const { db } = this.#parts;
    const call = await this.#load(callId);
    if (call === null) return;
    await db.as(SYSTEM, (tx) => keepTurns(tx, this.#parts.fingerprints, call));
    const turns = await db.as(SYSTEM, (tx) => turnsOf(tx, callId)); // without what was just redacted
    const known = await db.as(SYSTEM, (tx) => this.#knownUnlessDone(tx, { ...call, turns }));
    if (known !== null) await this.#extract({ ...call, turns }, known);
  }

  get jobs(): Readonly<Record<string, Job>> {
    return { [LEARN_JOB]: ({ callId = '' }) => this.learnFrom(callId) };
  }

  /** Calls whose job was lost before what was said was kept; afterwards the queue itself has the job. */
  get sweeps(): readonly Sweep[] {
    return [{ name: 'calls that were not learned from', everyMs: SWEEP_EVERY_MS, run: () => this.#takeUp() }];
  }

  async #takeUp(): Promise<void> {
    await this.#parts.db.as(SYSTEM, async (tx) => {
      const missed = await tx
        .select({ id: calls.id })
        .from(calls)
        .where(
          and(
            isNull(calls.rememberedAt),
            sql`${calls.answeredAt} is not null and ${calls.endedAt} between now() - ${TAKEN_UP_FOR}::interval and now() - ${LATE}::interval`,
          ),
        );
      for (const { id } of missed) await enqueueLearning(tx, id);
    });
  }

  async #load(callId: string): Promise<HeldCall | null> {
    const found = await this.#parts.db.as(SYSTEM, async (tx) => {
      const [row] = await tx
        .select({ call: calls, name: users.displayName, timeZone: users.timeZone })
        .from(calls)
        .innerJoin(users, eq(users.id, calls.userId))
        .where(eq(calls.id, callId));
      return row === undefined ? null : { ...row, turns: await turnsOf(tx, callId) };
    });
    if (found === null || found.call.endedAt === null) return null;
    const { call, name, timeZone, turns } = found;
    return {
      id: callId,
      scope: { userId: call.userId, persona: call.persona },
      calleeName: name,
      personaName: await this.#parts.personaName(call.persona),
      timeZone,
      endedAt: call.endedAt ?? new Date(),
      turns,
    };
  }

  /** What is known already; null when nothing is to be learned, or it was. */
  async #knownUnlessDone(tx: Transaction, call: HeldCall): Promise<Known | null> {
    if (!call.turns.some(({ speaker }) => speaker === 'caller')) return null;
    const [relationship] = await tx
      .select({ config: userPersonaRelationships.memoryConfig })
      .from(userPersonaRelationships)
      .where(
        and(
          eq(userPersonaRelationships.userId, call.scope.userId),
          eq(userPersonaRelationships.persona, call.scope.persona),
        ),
      );
    if (memoryConfig.parse(relationship?.config ?? {}).paused) return null;
    return (await isDone(tx, call.id)) ? null : knownOf(tx, call.scope);
  }

  async #extract(call: HeldCall, known: Known): Promise<void> {
    const { db, models, log, rateCards, fingerprints } = this.#parts;
    const used: LateCost[] = [];
    const card = await rateCards.current('vendor');
    try {
      const request = await extractionRequest(call, known);
      const learned = await askInTurn(models, request, (answer) => callMemory.parse(answer), {
        usage: (usage) => used.push(usage),
        log,
      });
      await db.as(SYSTEM, async (tx) => {
        await lockMemory(tx, call.scope.userId);
        await demandUnchanged(tx, call);
        if (!(await isDone(tx, call.id)))
          await applyCallMemory(tx, fingerprints, call, known.facts, learned, EXTRACTION);
        await bookLateCosts(tx, call.id, card, used);
      });
    } catch (error) {
      // What was asked in vain is paid for all the same.
      await db.as(SYSTEM, (tx) => bookLateCosts(tx, call.id, card, used));
      throw error;
    }
  }
}

/** What was said, without what was redacted. */
function turnsOf(tx: Transaction, callId: string): Promise<HeldCall['turns']> {
  return tx
    .select({ seq: callTurns.seq, speaker: callTurns.speaker, text: callTurns.text })
    .from(callTurns)
    .where(and(eq(callTurns.callId, callId), ne(callTurns.text, REDACTED)))
    .orderBy(asc(callTurns.seq));
}

/** A summary must not bring back what its user had taken out while the model was reading. */
async function demandUnchanged(tx: Transaction, call: HeldCall): Promise<void> {
  const left = await turnsOf(tx, call.id);
  if (left.length !== call.turns.length)
    throw new RingbackError(
      'call_redacted',
      'Something was forgotten while the call was being learned from.',
      {
        remedy: 'It is learned from again, without that.',
      },
    );
}

/** Whether it was learned from already; until the transaction ends, nobody else begins to. */
async function isDone(tx: Transaction, callId: string): Promise<boolean> {
  await tx.select({ id: calls.id }).from(calls).where(eq(calls.id, callId)).for('update');
  const [summary] = await tx
    .select({ madeBy: callSummaries.madeBy })
    .from(callSummaries)
    .where(eq(callSummaries.callId, callId));
  return summary?.madeBy === EXTRACTION;
}

/** Lets what was said be found, and counts the call: once. */
async function keepTurns(tx: Transaction, fingerprints: Fingerprints, call: HeldCall): Promise<void> {
  await lockMemory(tx, call.scope.userId);
  const [row] = await tx.select().from(calls).where(eq(calls.id, call.id)).for('update');
  if (row === undefined || row.rememberedAt !== null) return;
  await tx.update(calls).set({ rememberedAt: new Date() }).where(eq(calls.id, call.id));
  const forgotten = await buriedBetween(tx, call.scope, row.answeredAt ?? row.createdAt, call.endedAt);
  if (forgotten.length > 0)
    // What was forgotten in this call was read back in it.
    await redactTurns(
      tx,
      call.scope,
      ({ callId, text }) => callId === call.id && fingerprints.isTold(text, forgotten),
    );
  const turns = await turnsOf(tx, call.id);
  await addTurns(
    tx,
    call.scope,
    call.id,
    turns.map(({ seq, speaker, text }) => ({
      turnSeq: seq,
      speaker: speaker === 'caller' ? call.calleeName : call.personaName,
      text,
      at: row.answeredAt ?? row.createdAt,
    })),
  );
  await touch(tx, call.scope);
  const talkedMs = call.endedAt.getTime() - (row.answeredAt ?? call.endedAt).getTime();
  await incrementStats(tx, call.scope, talkedMs / 60_000, call.endedAt);
}
