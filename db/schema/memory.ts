import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  bigint,
  boolean,
  check,
  customType,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  real,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { calls } from './calls.ts';
import { at, bytes, id } from './columns.ts';
import { users } from './people.ts';

export const MEMORY_CATEGORIES = [
  'relationship_facts',
  'user_facts',
  'inside_jokes',
  'important_memories',
  'preferences',
] as const;
export const MEMORY_SECTORS = ['episodic', 'semantic', 'procedural', 'emotional', 'reflective'] as const;
export const MEMORY_STATES = ['active', 'superseded', 'pending_review', 'expired'] as const;
export const MEMORY_SOURCES = ['stated', 'inferred', 'persona_said', 'user_edit', 'import'] as const;

const oneOf = (values: readonly string[]) => sql.raw(values.map((value) => `'${value}'`).join(', '));

/** A fact that a persona knows about a user. What it was before stays, until the user forgets it. */
export const memories = pgTable(
  'memories',
  {
    id: id(),
    /** In which order they were learned: those of one transaction have one time. */
    ordinal: bigint({ mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** Slug; empty for what the user shares with every persona. */
    persona: text().notNull(),
    category: text({ enum: MEMORY_CATEGORIES }).notNull(),
    sector: text({ enum: MEMORY_SECTORS }).notNull().default('semantic'),
    /** A name such as employer or sister.name; null for what has none. */
    slot: text(),
    /** one: a new value takes the place of the old. */
    cardinality: text({ enum: ['one', 'many'] })
      .notNull()
      .default('many'),
    text: text().notNull(),
    /** The bare value, where a fact is a slot and a value; what the customer's API gives back. */
    value: jsonb(),
    aliases: text().array().notNull().default(sql`'{}'::text[]`),
    status: text({ enum: MEMORY_STATES }).notNull().default('active'),
    /** When it was true in the world; null for not known, or still. */
    validFrom: at(),
    validTo: at(),
    /** When we knew it. */
    recordedAt: at().notNull().defaultNow(),
    retiredAt: at(),
    supersededBy: uuid().references((): AnyPgColumn => memories.id, { onDelete: 'set null' }),
    confidence: real().notNull().default(1),
    importance: smallint().notNull().default(3),
    sensitive: text().notNull().default('none'),
    source: text({ enum: MEMORY_SOURCES }).notNull(),
    callId: uuid().references(() => calls.id, { onDelete: 'set null' }),
    turnSeqs: integer().array().notNull().default(sql`'{}'::integer[]`),
    quote: text(),
    pinned: boolean().notNull().default(false),
    mentionCount: integer().notNull().default(1),
    lastMentionedAt: at().notNull().defaultNow(),
    lastUsedAt: at(),
    /** When a passing fact is over: "exam tomorrow". */
    expiresAt: at(),
  },
  (t) => [
    index().on(t.userId, t.persona),
    uniqueIndex('memories_one_value')
      .on(t.userId, t.persona, t.category, t.slot)
      .where(sql`${t.status} = 'active' and ${t.cardinality} = 'one' and ${t.slot} is not null`),
    check('memories_category', sql`${t.category} in (${oneOf(MEMORY_CATEGORIES)})`),
    check('memories_sector', sql`${t.sector} in (${oneOf(MEMORY_SECTORS)})`),
    check('memories_status', sql`${t.status} in (${oneOf(MEMORY_STATES)})`),
    check('memories_source', sql`${t.source} in (${oneOf(MEMORY_SOURCES)})`),
    check('memories_cardinality', sql`${t.cardinality} in ('one', 'many')`),
    check('memories_importance', sql`${t.importance} between 1 and 5`),
    check('memories_confidence', sql`${t.confidence} between 0 and 1`),
    check('memories_slot', sql`${t.slot} ~ '^[a-z][a-z0-9_.]{0,63}$'`),
  ],
);

const tsvector = customType<{ data: string }>({ dataType: () => 'tsvector' });

/** What search looks through: turns of calls and facts. */
export const memoryDocuments = pgTable(
  'memory_documents',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    persona: text().notNull(),
    kind: text({ enum: ['turn', 'fact'] }).notNull(),
    /** The fact; null for a turn. */
    memoryId: uuid().references(() => memories.id, { onDelete: 'cascade' }),
    callId: uuid().references(() => calls.id, { onDelete: 'cascade' }),
    /** A turn's number in its call; for a fact 0. */
    turnSeq: integer().notNull(),
    speaker: text(),
    at: at().notNull(),
    text: text().notNull(),
    /** What a fact is the value of, in words: "sister name". Its words are among the aliases. */
    label: text().notNull().default(''),
    aliases: text().notNull().default(''),
    tsv: tsvector().generatedAlwaysAs(sql`to_tsvector('english', text || ' ' || aliases)`),
  },
  (t) => [
    // With the text alone in the index, other users' rows would be looked at: 190 ms instead of one.
    index('memory_documents_search').using('gin', t.userId, t.persona, t.tsv).with({ fastupdate: false }),
    index().on(t.userId, t.persona, t.id),
    uniqueIndex('memory_documents_turn').on(t.callId, t.turnSeq).where(sql`${t.kind} = 'turn'`),
    uniqueIndex('memory_documents_fact').on(t.memoryId).where(sql`${t.kind} = 'fact'`),
    check('memory_documents_kind', sql`${t.kind} in ('turn', 'fact')`),
  ],
);

/** That something was forgotten: a keyed hash, no text. What has one is not learned again. */
export const memoryTombstones = pgTable(
  'memory_tombstones',
  {
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    persona: text().notNull(),
    fingerprint: bytes().notNull(),
    deletedAt: at().notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.userId, t.persona, t.fingerprint] })],
);

/** What was done to a memory, by whom. After it was forgotten, without what it was. */
export const memoryEvents = pgTable(
  'memory_events',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    persona: text().notNull(),
    memoryId: uuid().notNull(),
    operation: text({ enum: ['add', 'confirm', 'supersede', 'edit', 'pin', 'forget', 'expire'] }).notNull(),
    /** extraction, user, persona, admin or import. */
    actor: text().notNull(),
    callId: uuid().references(() => calls.id, { onDelete: 'set null' }),
    before: jsonb(),
    after: jsonb(),
    at: at().notNull().defaultNow(),
  },
  (t) => [index().on(t.memoryId), index().on(t.callId), index().on(t.userId, t.persona)],
);

/** What a call was about: the second tier. */
export const callSummaries = pgTable(
  'call_summaries',
  {
    callId: uuid()
      .primaryKey()
      .references(() => calls.id, { onDelete: 'cascade' }),
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    persona: text().notNull(),
    summary: text().notNull(),
    keyTopics: text().array().notNull(),
    outcome: text().notNull(),
    /** When the call was. */
    at: at().notNull(),
    /** Which prompt and model made it; another run takes its place. */
    madeBy: text().notNull(),
  },
  (t) => [index().on(t.userId, t.persona, t.at)],
);

/** Something that goes on between calls. */
export const storylines = pgTable(
  'storylines',
  {
    id: id(),
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    persona: text().notNull(),
    topic: text().notNull(),
    status: text({ enum: ['open', 'waiting', 'closed'] }).notNull(),
    lastState: text().notNull(),
    nextExpected: text(),
    followUpAfter: at(),
    callId: uuid().references(() => calls.id, { onDelete: 'set null' }),
    updatedAt: at().notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('storylines_topic').on(t.userId, t.persona, t.topic),
    check('storylines_status', sql`${t.status} in ('open', 'waiting', 'closed')`),
  ],
);

/** What somebody promised to do. */
export const commitments = pgTable(
  'commitments',
  {
    id: id(),
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    persona: text().notNull(),
    promise: text().notNull(),
    dueAt: at(),
    status: text({ enum: ['open', 'kept', 'broken', 'moved'] })
      .notNull()
      .default('open'),
    callId: uuid().references(() => calls.id, { onDelete: 'set null' }),
    quote: text(),
    createdAt: at().notNull().defaultNow(),
    settledAt: at(),
  },
  (t) => [
    index().on(t.userId, t.persona, t.status),
    check('commitments_status', sql`${t.status} in ('open', 'kept', 'broken', 'moved')`),
  ],
);
