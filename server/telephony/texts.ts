import { randomUUID } from 'node:crypto';
import { and, desc, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { addJob } from '../../db/job-queue.ts';
import { callCostEvents, calls, MESSAGE_STATES, messages } from '../../db/schema/index.ts';
import type { BookHouseCosts } from '../cost/house-costs.ts';
import { bookLateCosts } from '../cost/late-costs.ts';
import type { RateCards } from '../cost/rate-card-store.ts';
import type { Suppressions } from '../dialing/suppressions.ts';
import { describeError, RingbackError } from '../errors.ts';
import type { Job, Sweep } from '../jobs/runner.ts';
import type { Logger } from '../log.ts';
import type { SmsSender } from './sms.ts';
import { type CallTextKind, wordsOf } from './text-words.ts';

export interface TextsParts {
  db: Database;
  sms: SmsSender;
  rateCards: RateCards;
  bookHouseCosts: BookHouseCosts;
  suppressions: Suppressions;
  publicBaseUrl: string;
  log: Logger;
}

type Message = typeof messages.$inferSelect;
/** Texts whose words are known only when they are sent: a link, a code, a question. */
export type HouseTextKind = Exclude<Message['kind'], CallTextKind>;

export const SEND_TEXT_JOB = 'send-text';

const SWEEP_EVERY_MS = 60_000;
/** What should have happened by now did not. */
const LATE = '2 minutes';
/** "Attempt to send to unsubscribed recipient": they have sent STOP, whether or not we heard of it. */
const OPTED_OUT = 'twilio_21610';
/** Twilio's words for where a text is (twilio.com/docs, "Message status values"); the others say nothing new. */
const STATE_BY_STATUS: Readonly<Record<string, 'sent' | 'delivered' | 'undelivered' | 'failed'>> = {
  sent: 'sent',
  delivered: 'delivered',
  read: 'delivered',
  undelivered: 'undelivered',
  failed: 'failed',
};
const FINAL = ['delivered', 'undelivered', 'failed'] as const;
const SYSTEM: Actor = { kind: 'system', purpose: 'send texts' };

/**
 * Texts, and what became of them. One is sent at most once: Twilio knows no idempotency key, so one whose sending was
 * cut off is not tried again. A warning that is missing is better than a phone that buzzes twice.
 */
export class Texts {
  readonly #parts: TextsParts;

  constructor(parts: TextsParts) {
    this.#parts = parts;
  }

  /** Enqueues a text in the transaction that needs it; a call has at most one of a kind. */
  async queue(
    tx: Transaction,
    text: { userId: string | null; callId: string; kind: CallTextKind },
  ): Promise<void> {
    const [row] = await tx.insert(messages).values(text).onConflictDoNothing().returning({ id: messages.id });
    if (row !== undefined) await enqueue(tx, row.id);
  }

  /** Sends a text that belongs to no call, now, at the house's expense. @throws RingbackError `twilio_...`. */
  async send(to: string, kind: HouseTextKind, body: string): Promise<void> {
    const { db, bookHouseCosts } = this.#parts;
    const id = randomUUID();
    await db.as(SYSTEM, (tx) => tx.insert(messages).values({ id, phoneNumber: to, kind, state: 'sending' }));
    const { sid, segments } = await this.#hand(id, to, body);
    await bookHouseCosts(`text: ${kind}`, [
      { vendor: 'twilio', sku: 'sms.segments', units: segments, reference: sid, outcome: 'complete' },
    ]);
  }

  /** The carrier says where a text is. Callbacks come in any order; the last word stands. */
  async onStatus(messageId: string, status: string, errorCode: string | undefined): Promise<void> {
    const state = STATE_BY_STATUS[status];
    if (state === undefined) return;
    const earlier = MESSAGE_STATES.slice(0, state === 'sent' ? MESSAGE_STATES.indexOf('sent') : undefined);
    const open = earlier.filter((known) => known !== 'queued' && !FINAL.some((final) => final === known));
    await this.#parts.db.as(SYSTEM, (tx) =>
      tx
        .update(messages)
        .set({
          state,
          ...(state === 'delivered' ? { deliveredAt: sql`now()` } : {}),
          ...(errorCode === undefined ? {} : { failure: `twilio_${errorCode}` }),
        })
        .where(and(eq(messages.id, messageId), inArray(messages.state, open))),
    );
  }

  /** The newest, without what they said: that is not kept. */
  list(actor: Actor, limit: number): Promise<Message[]> {
    return this.#parts.db.as(actor, (tx) =>
      tx.select().from(messages).orderBy(desc(messages.createdAt)).limit(limit),
    );
  }

  get jobs(): Readonly<Record<string, Job>> {
    return { [SEND_TEXT_JOB]: ({ messageId = '' }) => this.#sendQueued(messageId) };
  }

  get sweeps(): readonly Sweep[] {
    return [
      { name: 'texts whose job was lost', everyMs: SWEEP_EVERY_MS, run: () => this.#takeUp() },
      { name: 'texts that are not on the books', everyMs: SWEEP_EVERY_MS, run: () => this.#bookCosts() },
    ];
  }

  async #sendQueued(messageId: string): Promise<void> {
    const { db, suppressions, publicBaseUrl, log } = this.#parts;
    const text = await db.as(SYSTEM, async (tx) => {
      const [claimed] = await tx
        .update(messages)
        .set({ state: 'sending' })
        .where(and(eq(messages.id, messageId), eq(messages.state, 'queued')))
        .returning();
      return claimed === undefined ? undefined : wordsOf(tx, claimed, publicBaseUrl);
    });
    if (text === undefined) return;
    if (text === null) return this.#note(messageId, { state: 'failed', failure: 'nothing-to-say' });
    if (await suppressions.isSuppressed(text.to))
      return this.#note(messageId, { state: 'failed', failure: 'suppressed' });
    await this.#hand(messageId, text.to, text.body).catch((error: unknown) =>
      log.error({ messageId, problem: describeError(error) }, 'a text could not be sent'),
    );
  }

  /** Gives a text to the carrier and notes what it says. */
  async #hand(messageId: string, to: string, body: string): Promise<{ sid: string; segments: number }> {
    try {
      const { sid, segments } = await this.#parts.sms.send(to, body, messageId);
      // The carrier may have told of it already, before it answered.
      const state = sql`case when ${messages.state} = 'sending' then 'sent' else ${messages.state} end`;
      await this.#note(messageId, { state, carrierSid: sid, segments, sentAt: sql`now()` });
      return { sid, segments };
    } catch (error) {
      const failure = error instanceof RingbackError ? error.code : 'unknown';
      await this.#note(messageId, { state: 'failed', failure });
      if (failure === OPTED_OUT) await this.#parts.suppressions.suppress(to, 'text');
      throw error;
    }
  }

  async #note(messageId: string, change: object): Promise<void> {
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
        .set({ state: 'failed', failure: 'cut-off' })
        .where(and(eq(messages.state, 'sending'), isLate));
    });
  }

  /** What texts cost is a late cost of their call: the payer agreed to a call. */
  async #bookCosts(): Promise<void> {
    const { db, rateCards } = this.#parts;
    const card = await rateCards.current('vendor');
    await db.as(SYSTEM, async (tx) => {
      const unbooked = await tx
        .select({ callId: calls.id, sid: messages.carrierSid, segments: messages.segments })
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
        .where(and(isNotNull(messages.carrierSid), isNotNull(calls.endedAt), isNull(callCostEvents.seq)));
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
