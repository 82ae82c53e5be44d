import { sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { dialDecisions } from '../../db/schema/index.ts';
import { RingbackError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type DialQuestion, type GateSettings, gatherFacts } from './facts.ts';
import type { DialSettings } from './house-settings.ts';
import { type DialFacts, type DialStage, judgeDial } from './rules.ts';

export interface DialGateParts extends GateSettings {
  db: Database;
  settings: DialSettings;
  log: Logger;
}

/** The number may not be rung: nothing was asked of anybody. `code` is the rule. */
export class DialRefused extends RingbackError {}

const SYSTEM: Actor = { kind: 'system', purpose: 'decide about a dial' };

/** The one door in front of every dial: whatever rings a number went through here, and left a decision. */
export class DialGate {
  readonly #parts: DialGateParts;

  constructor(parts: DialGateParts) {
    this.#parts = parts;
  }

  /**
   * Decides, and does `work` in the same transaction if it may be: no two dials see the same facts. Every decision is
   * written down with what it was made by, a refusal by `work` itself (such as of the budget) as well.
   * @param prepare what has to be there before it is decided, and is taken back with a refusal.
   * @throws DialRefused by a rule; whatever `work` throws.
   */
  async pass<T extends { callId: string | null }>(
    stage: DialStage,
    question: DialQuestion,
    work: (tx: Transaction) => Promise<T>,
    prepare: (tx: Transaction) => Promise<void> = () => Promise.resolve(),
  ): Promise<T> {
    const { db, log } = this.#parts;
    let seen: DialFacts | null = null;
    try {
      return await db.as(SYSTEM, async (tx) => {
        if (stage === 'dial') await oneAtATime(tx);
        await prepare(tx);
        const { facts, refusal } = await this.#judge(tx, stage, question);
        seen = facts;
        if (refusal !== null) throw refusal;
        const done = await work(tx);
        await note(tx, stage, { ...question, callId: done.callId ?? question.callId }, facts, null);
        return done;
      });
    } catch (error) {
      if (seen === null || !(error instanceof RingbackError)) throw error;
      const facts: DialFacts = seen;
      await db.as(SYSTEM, (tx) => note(tx, stage, question, facts, error.code));
      log.info({ callId: question.callId, rule: error.code }, 'a dial was refused');
      throw error;
    }
  }

  /** Only whether, with nothing that follows. @throws DialRefused. */
  async assertAllowed(stage: DialStage, question: DialQuestion): Promise<void> {
    await this.pass(stage, question, () => Promise.resolve({ callId: question.callId }));
  }

  async #judge(tx: Transaction, stage: DialStage, question: DialQuestion) {
    const { settings } = this.#parts;
    const { value: policy } = await settings.policyIn(tx);
    const { value: pause } = await settings.pauseIn(tx);
    const facts = await gatherFacts(tx, question, policy, pause, this.#parts);
    const refusal = judgeDial(facts, policy, stage);
    if (refusal === null) return { facts, refusal };
    const { rule, message, remedy } = refusal;
    const callId = question.callId === null ? {} : { callId: question.callId };
    return { facts, refusal: new DialRefused(rule, message, { remedy, ...callId }) };
  }
}

/** Counts over all instances hold only if two dials are not decided at once; the row is the carrier's queue, too. */
async function oneAtATime(tx: Transaction): Promise<void> {
  await tx.execute(sql`select id from dial_pace for update`);
}

async function note(
  tx: Transaction,
  stage: DialStage,
  { to, callId }: DialQuestion,
  facts: DialFacts,
  rule: string | null,
): Promise<void> {
  await tx.insert(dialDecisions).values({
    toNumber: to,
    callId,
    userId: sql`(select id from users where phone_number = ${to})`,
    stage,
    allowed: rule === null,
    rule,
    facts,
  });
}
