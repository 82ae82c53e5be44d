import { and, eq, isNotNull, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { addJob } from '../../db/job-queue.ts';
import { budgetWarnings, callCostEvents, calls, messages, users } from '../../db/schema/index.ts';
import { bookLateCosts } from '../cost/late-costs.ts';
import { formatCents } from '../cost/money.ts';
import type { RateCards } from '../cost/rate-card-store.ts';
import { describeError } from '../errors.ts';
import type { Job, Sweep } from '../jobs/runner.ts';
import type { Logger } from '../log.ts';
import type { SmsSender } from './sms.ts';

export interface TextsParts {
  db: Database;
  sms: SmsSender;
  rateCards: RateCards;
  log: Logger;
}

export const SEND_TEXT_JOB = 'send-text';

const SWEEP_EVERY_MS = 60_000;
/** What should have happened by now did not. */
const LATE = '2 minutes';
const SYSTEM: Actor = { kind: 'system', purpose: 'send texts' };

/**
 * Durable texts to users. A text is sent at most once: Twilio knows no idempotency key, so one whose sending was cut
 * off is not tried again. A warning that is missing is better than a phone that buzzes twice.
 */
export class Texts {
  readonly #parts: TextsParts;

  constructor(parts: TextsParts) {
    this.#parts = parts;
  }

  /** Enqueues a text in the transaction that needs it; a call has at most one of a kind. */
  async queue(
    tx: Transaction,
    text: Pick<typeof messages.$inferInsert, 'userId' | 'callId' | 'kind'>,
  ): Promise<void> {
    const [row] = await tx.insert(messages).values(text).onConflictDoNothing().returning({ id: messages.id });
    if (row !== undefined) await enqueue(tx, row.id);
  }

  get jobs(): Readonly<Record<string, Job>> {
    return { [SEND_TEXT_JOB]: ({ messageId = '' }) => this.#send(messageId) };
  }

  get sweeps(): readonly Sweep[] {
    return [
      { name: 'texts whose job was lost', everyMs: SWEEP_EVERY_MS, run: () => this.#takeUp() },
      { name: 'texts that are not on the books', everyMs: SWEEP_EVERY_MS, run: () => this.#bookCosts() },
    ];
  }

  async #send(messageId: string): Promise<void> {
    const { db, sms, log } = this.#parts;
    const text = await db.as(SYSTEM, (tx) => claim(tx, messageId));
    if (text === null) return;
    try {
      const { sid, segments } = await sms.send(text.to, text.body);
      await this.#note(messageId, { state: 'sent', carrierSid: sid, segments, sentAt: new Date() });
    } catch (error) {
      log.error({ messageId, problem: describeError(error) }, 'a text could not be sent');
      await this.#note(messageId, { state: 'failed' });
    }
  }

  async #note(messageId: string, change: Partial<typeof messages.$inferInsert>): Promise<void> {
    await this.#parts.db.as(SYSTEM, (tx) =>
      tx.update(messages).set(change).where(eq(messages.id, messageId)),
    );
  }

  async #takeUp(): Promise<void> {
    const isLate = sql`${messages.createdAt} < now() - ${LATE}::interval`;
    await this.#parts.db.as(SYSTEM, async (tx) => {
      const waiting = await tx
        .select({ id: messages.id })
        .from(messages)
        .where(and(eq(messages.state, 'queued'), isLate));
      for (const { id } of waiting) await enqueue(tx, id);
      await tx
        .update(messages)
        .set({ state: 'failed' })
        .where(and(eq(messages.state, 'sending'), isLate));
    });
  }

  /** What texts cost is a late cost of their call: the payer agreed to a call. */
  async #bookCosts(): Promise<void> {
    const { db, rateCards } = this.#parts;
    const card = await rateCards.current('vendor');
    await db.as(SYSTEM, async (tx) => {
      const unbooked = await tx
        .select({ callId: messages.callId, sid: messages.carrierSid, segments: messages.segments })
        .from(messages)
        .innerJoin(calls, eq(calls.id, messages.callId))
        .leftJoin(
          callCostEvents,
          and(
            eq(callCostEvents.callId, messages.callId),
            eq(callCostEvents.sku, 'sms.segments'),
            eq(callCostEvents.vendorReference, messages.carrierSid),
          ),
        )
        .where(and(eq(messages.state, 'sent'), isNotNull(calls.endedAt), sql`${callCostEvents.seq} is null`));
      for (const { callId, sid, segments } of unbooked)
        await bookLateCosts(tx, callId, card, [
          {
            vendor: 'twilio',
            sku: 'sms.segments',
            units: segments ?? 1,
            reference: sid ?? '',
            outcome: 'complete',
          },
        ]);
    });
  }
}

async function enqueue(tx: Transaction, messageId: string): Promise<void> {
  await addJob(tx, SEND_TEXT_JOB, { messageId }, { key: `text:${messageId}` });
}

/** Takes a text to be sent, once, and writes its words. */
async function claim(tx: Transaction, messageId: string): Promise<{ to: string; body: string } | null> {
  const [claimed] = await tx
    .update(messages)
    .set({ state: 'sending' })
    .where(and(eq(messages.id, messageId), eq(messages.state, 'queued')))
    .returning({ callId: messages.callId });
  if (claimed === undefined) return null;
  const [row] = await tx
    .select({
      to: users.phoneNumber,
      persona: calls.persona,
      spentCents: budgetWarnings.spentCents,
      capCents: budgetWarnings.capCents,
    })
    .from(budgetWarnings)
    .innerJoin(calls, eq(calls.id, budgetWarnings.callId))
    .innerJoin(users, eq(users.id, calls.userId))
    .where(eq(budgetWarnings.callId, claimed.callId));
  if (row === undefined) throw new Error(`text ${messageId} is about a warning that was never noted`);
  const { to, persona, spentCents, capCents } = row;
  const name = `${persona[0]?.toUpperCase()}${persona.slice(1)}`;
  const [spent, cap] = [formatCents(spentCents), formatCents(capCents)];
  return { to, body: `Your call with ${name} has cost ${spent} of the ${cap} that it may cost.` };
}
