import { and, desc, eq, getTableColumns, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { addJob } from '../../db/job-queue.ts';
import { calls, webhookInbox } from '../../db/schema/index.ts';
import type { Job, Sweep } from '../jobs/runner.ts';
import { importTurns } from '../memory/import-turns.ts';
import { enqueueLearning } from '../memory/learning.ts';
import { storable } from '../memory/storable.ts';
import type { Keys } from '../security/keys.ts';
import type { Agents } from './agents.ts';
import { transcription, userIdOf } from './payload.ts';

export const INBOX_JOB = 'take-elevenlabs-conversation';

const SYSTEM: Actor = { kind: 'system', purpose: 'ElevenLabs webhooks' };
const LATE = '2 minutes';
const MOST_QUARANTINED = 1_000_000;

/** What the post-call webhook brings: kept whole first, then taken into memory by a job. */
export class Inbox {
  readonly #db: Database;
  readonly #keys: Keys;
  readonly #agents: Agents;

  constructor(db: Database, keys: Keys, agents: Agents) {
    this.#db = db;
    this.#keys = keys;
    this.#agents = agents;
  }

  /** Keeps a conversation and has it taken in; the same one again is the same one. @returns its id. */
  async receive(type: string, externalId: string | null, payload: unknown): Promise<string> {
    return this.#db.as(SYSTEM, async (tx) => {
      const isConversation = type === 'post_call_transcription';
      const [row] = await tx
        .insert(webhookInbox)
        .values({
          source: 'elevenlabs',
          type,
          externalId: externalId === null ? null : `${type}:${externalId}`,
          state: isConversation ? 'received' : 'done',
        })
        .onConflictDoNothing()
        .returning({ id: webhookInbox.id });
      if (row === undefined) {
        const [known] = await tx
          .select({ id: webhookInbox.id })
          .from(webhookInbox)
          .where(eq(webhookInbox.externalId, `${type}:${externalId}`));
        return known?.id ?? '';
      }
      await this.#keep(tx, row.id, payload);
      if (isConversation) await addJob(tx, INBOX_JOB, { inboxId: row.id }, { key: `inbox:${row.id}` });
      return row.id;
    });
  }

  /** Keeps what cannot be read as the text that came, for somebody to look at. */
  async quarantine(problem: string, text: string): Promise<string> {
    return this.#db.as(SYSTEM, async (tx) => {
      const [row] = await tx
        .insert(webhookInbox)
        .values({
          source: 'elevenlabs',
          type: 'unknown',
          state: 'quarantined',
          problem: problem.slice(0, 2_000),
        })
        .returning({ id: webhookInbox.id });
      const id = row?.id ?? '';
      await this.#keep(tx, id, { text: text.slice(0, MOST_QUARANTINED) });
      return id;
    });
  }

  /** What came in, newest first, without what it says. */
  list(actor: Actor, limit: number) {
    const { sealed: _sealed, payload: _payload, ...columns } = getTableColumns(webhookInbox);
    return this.#db.as(actor, (tx) =>
      tx.select(columns).from(webhookInbox).orderBy(desc(webhookInbox.receivedAt)).limit(limit),
    );
  }

  /** What a webhook brought, as it came; null when it is not there, or something of it was forgotten. */
  async payloadOf(actor: Actor, inboxId: string): Promise<unknown> {
    const [row] = await this.#db.as(actor, (tx) =>
      tx.select().from(webhookInbox).where(eq(webhookInbox.id, inboxId)),
    );
    return row === undefined ? null : this.#content(row);
  }

  /** Seals a payload with a key of its own. */
  async #keep(tx: Transaction, id: string, payload: unknown): Promise<void> {
    const sealed = await this.#keys.sealIn(tx, { kind: 'inbox', id }, contextOf(id), storable(payload));
    await tx.update(webhookInbox).set({ sealed }).where(eq(webhookInbox.id, id));
  }

  async #content({ id, sealed, payload }: typeof webhookInbox.$inferSelect): Promise<unknown> {
    return sealed === null ? payload : this.#keys.open({ kind: 'inbox', id }, contextOf(id), sealed);
  }

  get jobs(): Readonly<Record<string, Job>> {
    return { [INBOX_JOB]: ({ inboxId = '' }) => this.#takeIn(inboxId) };
  }

  get sweeps(): readonly Sweep[] {
    return [
      { name: 'ElevenLabs conversations whose job was lost', everyMs: 60_000, run: () => this.#takeUp() },
    ];
  }

  async #takeIn(inboxId: string): Promise<void> {
    const [row] = await this.#db.as(SYSTEM, (tx) =>
      tx.select().from(webhookInbox).where(eq(webhookInbox.id, inboxId)),
    );
    if (row === undefined || row.state !== 'received') return;
    const content = await this.#content(row);
    if (content === null) return this.#done(inboxId, null, null); // forgotten before it was read
    const conversation = transcription.parse(content);
    const { data } = conversation;
    const scope = await this.#agents.scopeOf(data.agent_id, userIdOf(conversation));
    const startedMs = (data.metadata?.start_time_unix_secs ?? row.receivedAt.getTime() / 1_000) * 1_000;
    const turns = data.transcript.flatMap(({ role, message, time_in_call_secs: seconds }, seq) =>
      message == null || message.trim() === ''
        ? []
        : [
            {
              speaker: role === 'agent' ? 'agent' : 'Caller',
              session: data.conversation_id,
              seq,
              text: message,
              at: new Date(startedMs + (seconds ?? seq) * 1_000),
            },
          ],
    );
    const imported = turns.length === 0 ? {} : await importTurns(this.#db, SYSTEM, scope, turns);
    const callId = imported[data.conversation_id] ?? null;
    await this.#done(inboxId, scope.userId, callId);
  }

  async #done(inboxId: string, userId: string | null, callId: string | null): Promise<void> {
    await this.#db.as(SYSTEM, async (tx) => {
      await tx
        .update(webhookInbox)
        .set({ state: 'done', ...(userId === null ? {} : { userId }), callId })
        .where(eq(webhookInbox.id, inboxId));
      if (callId === null) return;
      await tx.update(calls).set({ rememberedAt: null }).where(eq(calls.id, callId));
      await enqueueLearning(tx, callId);
    });
  }

  async #takeUp(): Promise<void> {
    await this.#db.as(SYSTEM, async (tx) => {
      const waiting = await tx
        .select({ id: webhookInbox.id })
        .from(webhookInbox)
        .where(
          and(
            eq(webhookInbox.state, 'received'),
            sql`${webhookInbox.receivedAt} < now() - ${LATE}::interval`,
          ),
        );
      for (const { id } of waiting) await addJob(tx, INBOX_JOB, { inboxId: id }, { key: `inbox:${id}` });
    });
  }
}

function contextOf(inboxId: string): string {
  return `webhook payload ${inboxId}`;
}
