import { createHmac } from 'node:crypto';
import { and, desc, eq, getTableColumns, inArray, isNull, lt, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { addJob } from '../../db/job-queue.ts';
import {
  announcements,
  webhookAttempts,
  webhookDeliveries,
  webhookEndpoints,
} from '../../db/schema/index.ts';
import type { Clock } from '../clock.ts';
import { RingbackError } from '../errors.ts';
import type { Job, Sweep } from '../jobs/runner.ts';
import type { Logger } from '../log.ts';
import { ANNOUNCE_JOB, type Announcement, enqueueAnnouncement } from './announce.ts';
import type { Endpoints } from './endpoints.ts';
import { post } from './post.ts';

export interface DeliveryParts {
  db: Database;
  endpoints: Endpoints;
  /** What else is done about an announcement, in the transaction that notes who is told. */
  alsoTell(tx: Transaction, announcement: Announcement): Promise<void>;
  /** Whether endpoints in our own network are refused. */
  onlyPublic: boolean;
  clock: Clock;
  log: Logger;
}

export const DELIVER_JOB = 'deliver-webhook';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** How long after each failure it is tried again (the schedule that standardwebhooks.com proposes); then it is given up. */
export const RETRY_AFTER_MS = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
] as const;
/** Slow receivers wait for each other, and never for more than some of the workers. */
const QUEUES = 3;
const SWEEP_EVERY_MS = 60_000;
const LATE = '2 minutes';
const GONE = 410;
const SYSTEM: Actor = { kind: 'system', purpose: 'outgoing webhooks' };

/** Carries announcements to whoever wants them, signed, until they say that they have them. Each may come twice. */
export class Deliveries {
  readonly #parts: DeliveryParts;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  get jobs(): Readonly<Record<string, Job>> {
    return {
      [ANNOUNCE_JOB]: ({ announcementId = '' }) => this.#handle(announcementId),
      [DELIVER_JOB]: ({ deliveryId = '' }) => this.#deliver(deliveryId),
    };
  }

  get sweeps(): readonly Sweep[] {
    return [
      { name: 'announcements whose job was lost', everyMs: SWEEP_EVERY_MS, run: () => this.#takeUp() },
      { name: 'webhooks whose job was lost', everyMs: SWEEP_EVERY_MS, run: () => this.#takeUpDeliveries() },
    ];
  }

  /** The newest deliveries to an endpoint, each with its log. */
  async list(actor: Actor, endpointId: string, limit: number) {
    return this.#parts.db.as(actor, async (tx) => {
      const rows = await tx
        .select({ delivery: webhookDeliveries, type: announcements.type, callId: announcements.callId })
        .from(webhookDeliveries)
        .innerJoin(announcements, eq(announcements.id, webhookDeliveries.announcementId))
        .where(eq(webhookDeliveries.endpointId, endpointId))
        .orderBy(desc(webhookDeliveries.createdAt))
        .limit(limit);
      const tried = await tx
        .select()
        .from(webhookAttempts)
        .where(
          inArray(
            webhookAttempts.deliveryId,
            rows.map(({ delivery }) => delivery.id),
          ),
        )
        .orderBy(webhookAttempts.attempt);
      return rows.map(({ delivery, type, callId }) => ({
        ...delivery,
        type,
        callId,
        log: tried.filter(({ deliveryId }) => deliveryId === delivery.id),
      }));
    });
  }

  /** Sends once more what was delivered or given up. @throws RingbackError `delivery_unknown`. */
  async redeliver(actor: Actor, deliveryId: string): Promise<void> {
    await this.#parts.db.as(actor, async (tx) => {
      const [row] = await tx
        .update(webhookDeliveries)
        .set({ state: 'waiting', nextAt: sql`now()`, endedAt: null })
        .where(eq(webhookDeliveries.id, deliveryId))
        .returning();
      if (row === undefined)
        throw new RingbackError('delivery_unknown', 'There is no such delivery.', {
          remedy: 'What happened longer than 30 days ago is gone; see the deliveries of the endpoint.',
        });
      await enqueue(tx, row, new Date(0));
    });
  }

  /** Writes down who is to be told of an announcement, once. */
  async #handle(announcementId: string): Promise<void> {
    await this.#parts.db.as(SYSTEM, async (tx) => {
      const [announcement] = await tx
        .update(announcements)
        .set({ handledAt: sql`now()` })
        .where(and(eq(announcements.id, announcementId), isNull(announcements.handledAt)))
        .returning();
      if (announcement === undefined) return;
      const listeners = await tx
        .select({ id: webhookEndpoints.id })
        .from(webhookEndpoints)
        .where(
          and(
            isNull(webhookEndpoints.disabledAt),
            sql`${announcement.type} = any(${webhookEndpoints.types})`,
          ),
        );
      for (const { id: endpointId } of listeners) {
        const [delivery] = await tx
          .insert(webhookDeliveries)
          .values({ announcementId, endpointId })
          .returning();
        if (delivery !== undefined) await enqueue(tx, delivery, new Date(0));
      }
      await this.#parts.alsoTell(tx, announcement as Announcement);
    });
  }

  async #deliver(deliveryId: string): Promise<void> {
    const { db, endpoints, onlyPublic, clock } = this.#parts;
    const [due] = await db.as(SYSTEM, (tx) =>
      tx
        .select({ delivery: webhookDeliveries, announcement: announcements, endpoint: webhookEndpoints })
        .from(webhookDeliveries)
        .innerJoin(announcements, eq(announcements.id, webhookDeliveries.announcementId))
        .innerJoin(webhookEndpoints, eq(webhookEndpoints.id, webhookDeliveries.endpointId))
        .where(
          and(
            eq(webhookDeliveries.id, deliveryId),
            eq(webhookDeliveries.state, 'waiting'),
            isNull(webhookEndpoints.disabledAt),
          ),
        ),
    );
    if (due === undefined) return;
    const { endpoint, announcement, delivery } = due;
    const body = bodyOf(announcement);
    const key = await endpoints.signingKey(endpoint.id, endpoint.secret);
    const began = clock.nowMs();
    const headers = signedHeaders(announcement.id, Math.floor(clock.wallMs() / 1_000), body, key);
    const { status, problem } = await post(endpoint.url, headers, body, onlyPublic);
    const tookMs = Math.round(clock.nowMs() - began);
    await this.#note(delivery, { status, problem, tookMs });
  }

  async #note(
    { id, attempts, endpointId }: typeof webhookDeliveries.$inferSelect,
    result: { status: number | null; problem: string | null; tookMs: number },
  ): Promise<void> {
    const { db, endpoints, log } = this.#parts;
    const { status } = result;
    const isTaken = status !== null && status >= 200 && status < 300;
    const waitMs = status === GONE ? undefined : RETRY_AFTER_MS[attempts];
    const nextAt = new Date(this.#parts.clock.wallMs() + (waitMs ?? 0));
    await db.as(SYSTEM, async (tx) => {
      const end = { endedAt: sql`now()`, attempts: attempts + 1 };
      const change = isTaken
        ? { ...end, state: 'delivered' as const }
        : waitMs === undefined
          ? { ...end, state: 'given-up' as const }
          : { nextAt, attempts: attempts + 1 };
      const [noted] = await tx
        .update(webhookDeliveries)
        .set(change)
        .where(and(eq(webhookDeliveries.id, id), eq(webhookDeliveries.attempts, attempts)))
        .returning();
      if (noted === undefined) return; // somebody else has tried as well
      await tx.insert(webhookAttempts).values({ deliveryId: id, attempt: attempts + 1, ...result });
      if (noted.state === 'waiting') await enqueue(tx, noted, nextAt);
      if (noted.state === 'given-up') log.warn({ deliveryId: id, endpointId }, 'a webhook was given up');
    });
    if (status === GONE) await endpoints.disable(endpointId, 'it answered 410 Gone');
  }

  async #takeUp(): Promise<void> {
    await this.#parts.db.as(SYSTEM, async (tx) => {
      const missed = await tx
        .select({ id: announcements.id })
        .from(announcements)
        .where(and(isNull(announcements.handledAt), lt(announcements.at, sql`now() - ${LATE}::interval`)));
      for (const { id } of missed) await enqueueAnnouncement(tx, id);
    });
  }

  async #takeUpDeliveries(): Promise<void> {
    await this.#parts.db.as(SYSTEM, async (tx) => {
      const missed = await tx
        .select(getTableColumns(webhookDeliveries))
        .from(webhookDeliveries)
        .innerJoin(webhookEndpoints, eq(webhookEndpoints.id, webhookDeliveries.endpointId))
        .where(
          and(
            eq(webhookDeliveries.state, 'waiting'),
            isNull(webhookEndpoints.disabledAt),
            lt(webhookDeliveries.nextAt, sql`now() - ${LATE}::interval`),
          ),
        );
      for (const delivery of missed) await enqueue(tx, delivery, delivery.nextAt);
    });
  }
}

async function enqueue(
  tx: Transaction,
  { id, endpointId }: { id: string; endpointId: string },
  runAt: Date,
): Promise<void> {
  const queue = `webhooks-${Number.parseInt(endpointId.slice(0, 8), 16) % QUEUES}`;
  await addJob(tx, DELIVER_JOB, { deliveryId: id }, { key: `deliver:${id}`, runAt, queue });
}

/** What is sent: type, time, and the ids that it is about. */
function bodyOf({ type, at, callId, userId, data }: typeof announcements.$inferSelect): string {
  const ids = { ...(callId === null ? {} : { callId }), ...(userId === null ? {} : { userId }) };
  return JSON.stringify({ type, timestamp: at.toISOString(), data: { ...ids, ...(data as object) } });
}

/** Standard Webhooks 1.0: HMAC-SHA256 over id, time and body, so that neither can be taken from another message. */
export function signedHeaders(
  id: string,
  timestamp: number,
  body: string,
  key: Buffer,
): Record<string, string> {
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    'content-type': 'application/json',
    'user-agent': 'Ringback-Webhooks/1',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': `v1,${signature}`,
  };
}
