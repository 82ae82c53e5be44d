import { sql } from 'drizzle-orm';
import { check, index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { calls } from './calls.ts';
import { at, bytes, id } from './columns.ts';
import { users } from './people.ts';
import { personas } from './personas.ts';

/** An agent at ElevenLabs, and whose memory it uses. */
export const elevenlabsAgents = pgTable('elevenlabs_agents', {
  agentId: text().primaryKey(),
  /** A persona of ours, or one that was made for this agent alone. */
  persona: text()
    .notNull()
    .references(() => personas.slug),
  /** What their API says of it, and when it was asked. */
  profile: jsonb(),
  fetchedAt: at(),
  createdAt: at().notNull().defaultNow(),
});

/** What a webhook brought, whole, so that nothing is lost while it is worked on. */
export const webhookInbox = pgTable(
  'webhook_inbox',
  {
    id: id(),
    source: text({ enum: ['elevenlabs'] }).notNull(),
    /** post_call_transcription, post_call_audio, call_initiation_failure. */
    type: text().notNull(),
    /** Their name for it: what comes twice is kept once. */
    externalId: text().unique(),
    /** Whom it is about; null while that is not known. */
    userId: uuid().references(() => users.id, { onDelete: 'cascade' }),
    callId: uuid().references(() => calls.id, { onDelete: 'set null' }),
    state: text({ enum: ['received', 'done', 'quarantined'] }).notNull(),
    /** What is wrong with it. */
    problem: text(),
    /** As it came, under a key of its own (server/security); null once its user has forgotten something of it. */
    sealed: bytes(),
    /** That of older rows. */
    payload: jsonb(),
    receivedAt: at().notNull().defaultNow(),
  },
  (t) => [
    index().on(t.state, t.receivedAt),
    check('webhook_inbox_state', sql`${t.state} in ('received', 'done', 'quarantined')`),
    check('webhook_inbox_source', sql`${t.source} in ('elevenlabs')`),
  ],
);
